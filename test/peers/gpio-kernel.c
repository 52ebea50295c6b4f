/* A GPIO chip for programs that reach the kernel by the C library's names: the same calls, the same structures, pins in memory.
 * Loaded in place of the C library by test/host/gpio-lines.test.ts, which moves the inputs and reads what the outputs did. */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/gpio.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 16, LOG = 65536 };

struct line {
  int used, high, write_end, fd;
  uint64_t flags;
  uint32_t sequence;
};

struct change {
  uint64_t at;
  int line, high;
};

struct request {
  int used, count, lines[LINES];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct line lines[LINES];
static struct request requests[1024]; /* by descriptor */
static struct change changes[LOG];
static int change_count;
static int read_delay; /* microseconds from the reading of edges to the reader's next step */
static int broken = -1; /* the line that can't be set any more */

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int fail(int error) {
  errno = error;
  return -1;
}

static void set_line(int line, int high) {
  if (lines[line].high == high) return;
  lines[line].high = high;
  if (change_count < LOG) changes[change_count++] = (struct change){now(), line, high};
}

static int get_line(struct gpio_v2_line_request *wanted) {
  uint64_t flags = wanted->config.flags;
  int ends[2], fd;
  if (wanted->num_lines == 0 || wanted->num_lines > LINES || strcmp(wanted->consumer, "tipring") != 0) return fail(EINVAL);
  for (uint32_t i = 0; i < wanted->num_lines; i++) {
    if (wanted->offsets[i] >= LINES) return fail(EINVAL);
    if (lines[wanted->offsets[i]].used) return fail(EBUSY);
  }
  if (flags & GPIO_V2_LINE_FLAG_OUTPUT) {
    struct gpio_v2_line_config_attribute *first = &wanted->config.attrs[0];
    if (wanted->config.num_attrs != 1 || first->attr.id != GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES) return fail(EINVAL);
    if (first->mask != (UINT64_C(1) << wanted->num_lines) - 1) return fail(EINVAL);
    fd = eventfd(0, EFD_CLOEXEC);
    for (uint32_t i = 0; i < wanted->num_lines; i++) set_line(wanted->offsets[i], first->attr.values >> i & 1);
  } else {
    if (wanted->config.num_attrs != 0 || wanted->num_lines != 1 || pipe(ends) < 0) return fail(EINVAL);
    fd = ends[0];
    lines[wanted->offsets[0]].write_end = ends[1];
  }
  requests[fd].used = 1;
  requests[fd].count = wanted->num_lines;
  for (uint32_t i = 0; i < wanted->num_lines; i++) {
    struct line *line = &lines[wanted->offsets[i]];
    requests[fd].lines[i] = wanted->offsets[i];
    line->used = 1;
    line->fd = fd;
    line->flags = flags;
    line->sequence = 0;
  }
  wanted->fd = fd;
  return 0;
}

static int values(int fd, struct gpio_v2_line_values *wanted, int is_set) {
  struct request *request = &requests[fd];
  if (!request->used) return fail(EBADF);
  if (!is_set) wanted->bits = 0;
  for (int i = 0; i < request->count; i++) {
    if (!(wanted->mask >> i & 1)) continue;
    if (is_set && request->lines[i] == broken) return fail(ENODEV);
    if (is_set) set_line(request->lines[i], wanted->bits >> i & 1);
    else wanted->bits |= (uint64_t)lines[request->lines[i]].high << i;
  }
  return 0;
}

static int chip_info(struct gpiochip_info *info) {
  memset(info, 0, sizeof *info);
  strcpy(info->name, "gpiochip0");
  strcpy(info->label, "pins-in-memory");
  info->lines = LINES;
  return 0;
}

static int line_info(struct gpio_v2_line_info *info) {
  if (info->offset >= LINES) return fail(EINVAL);
  if (!lines[info->offset].used) return 0;
  info->flags = GPIO_V2_LINE_FLAG_USED;
  strcpy(info->consumer, "somebody");
  return 0;
}

/* The calls. Those that are not about pins go on to the kernel. */

int ioctl(int fd, unsigned long request, void *argument) {
  int result;
  pthread_mutex_lock(&lock);
  switch (request) {
  case GPIO_GET_CHIPINFO_IOCTL: result = chip_info(argument); break;
  case GPIO_V2_GET_LINEINFO_IOCTL: result = line_info(argument); break;
  case GPIO_V2_GET_LINE_IOCTL: result = get_line(argument); break;
  case GPIO_V2_LINE_GET_VALUES_IOCTL: result = values(fd, argument, 0); break;
  case GPIO_V2_LINE_SET_VALUES_IOCTL: result = values(fd, argument, 1); break;
  default: result = fail(ENOTTY);
  }
  pthread_mutex_unlock(&lock);
  return result;
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
  struct timespec copy = timeout ? *timeout : (struct timespec){0, 0};
  return syscall(SYS_ppoll, fds, count, timeout ? &copy : NULL, mask, 8);
}

ssize_t read(int fd, void *bytes, size_t count) {
  ssize_t length = syscall(SYS_read, fd, bytes, count);
  if (length > 0 && read_delay > 0 && requests[fd].used) usleep(read_delay);
  return length;
}

int eventfd(unsigned int value, int flags) { return syscall(SYS_eventfd2, value, flags); }

/* For the test. */

/* An input changes; `lost` edges before it were dropped. */
void pin_move(int line, int high, int lost) {
  struct gpio_v2_line_event event = {0};
  pthread_mutex_lock(&lock);
  lines[line].high = high;
  lines[line].sequence += 1 + lost;
  event.timestamp_ns = now();
  event.id = high ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE;
  event.offset = line;
  event.seqno = event.line_seqno = lines[line].sequence;
  if (write(lines[line].write_end, &event, sizeof event) != sizeof event) lines[line].sequence = 0;
  pthread_mutex_unlock(&lock);
}

/* Edges of the line that nobody has read yet. */
int pin_is_pending(int line) {
  struct pollfd entry = {lines[line].fd, POLLIN, 0};
  return poll(&entry, 1, 0) > 0;
}

/* Whoever reads edges is held up for so long before he can do anything with them. */
void pin_delay_reading(int microseconds) { read_delay = microseconds; }

/* The line can't be set any more. */
void pin_break(int line) { broken = line; }

int pin_level(int line) { return lines[line].high; }

double pin_flags(int line) { return (double)lines[line].flags; }

/* Of change `index`: the line, plus 100 when it went high; -1 when there is no such change. */
int pin_change(int index) { return index >= change_count ? -1 : changes[index].line + 100 * changes[index].high; }

/* Milliseconds of the monotonic clock. */
double pin_change_time(int index) { return (double)changes[index].at / 1e6; }

/* An input is gone, and nothing will come of it any more. */
void pin_unplug(int line) {
  pthread_mutex_lock(&lock);
  close(lines[line].write_end);
  lines[line].write_end = 0;
  pthread_mutex_unlock(&lock);
}

/* Everything is as in the beginning, but for descriptors that others have. */
void pin_reset(void) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < LINES; i++)
    if (lines[i].write_end) close(lines[i].write_end);
  memset(lines, 0, sizeof lines);
  memset(requests, 0, sizeof requests);
  change_count = 0;
  read_delay = 0;
  broken = -1;
  pthread_mutex_unlock(&lock);
}
