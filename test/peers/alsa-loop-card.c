/*
 * A sound card without hardware, for libasound: what is played is captured as it is played, in time with the system's
 * monotonic clock, a period at a time. Made from alsa-lib's "External PCM I/O plugin" interface.
 *
 * Environment: LOOP_CARD_PLUGGED names a file: without it the card is gone; LOOP_CARD_XRUN one that makes both streams
 * run over, and is taken away then. LOOP_CARD_CAPTURE_CHANNELS: how many it captures (playback has two).
 */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define RING (1 << 16)

struct stream {
    snd_pcm_ioplug_t io;
    snd_pcm_uframes_t boundary, wake_at;
    long long started;
    int is_running;
};

/* Left channel, by the position of the stream; what is not overwritten is silence. */
static short ring[RING][8];
static long long playback_started;

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int is_gone(void) {
    const char *plugged = getenv("LOOP_CARD_PLUGGED");
    return plugged && access(plugged, F_OK) != 0;
}

static int is_xrun(void) {
    const char *file = getenv("LOOP_CARD_XRUN");
    return file && access(file, F_OK) == 0 && unlink(file) == 0;
}

/* Whole periods that have gone by. */
static snd_pcm_uframes_t elapsed(struct stream *s) {
    long long frames = (now() - s->started) * s->io.rate / 1000000000LL;
    return frames - frames % s->io.period_size;
}

static int start(snd_pcm_ioplug_t *io) {
    struct stream *s = io->private_data;
    long long period = io->period_size * 1000000000LL / io->rate;
    /* Both ways have one clock, and the driver starts playback first: capture has begun when that did. */
    if (io->stream == SND_PCM_STREAM_PLAYBACK) playback_started = now();
    s->started = playback_started;
    s->is_running = 1;
    struct timespec first = {(s->started + period) / 1000000000LL, (s->started + period) % 1000000000LL};
    struct itimerspec beat = {{period / 1000000000LL, period % 1000000000LL}, first};
    return timerfd_settime(io->poll_fd, TFD_TIMER_ABSTIME, &beat, NULL);
}

static int stop(snd_pcm_ioplug_t *io) {
    struct stream *s = io->private_data;
    struct itimerspec none = {{0, 0}, {0, 0}};
    s->is_running = 0;
    return timerfd_settime(io->poll_fd, 0, &none, NULL);
}

static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io) {
    struct stream *s = io->private_data;
    if (is_gone()) return -ENODEV;
    if (!s->is_running) return 0;
    snd_pcm_uframes_t at = elapsed(s);
    if (is_xrun()) return -EPIPE;
    if (io->stream == SND_PCM_STREAM_PLAYBACK ? at > io->appl_ptr : at > io->appl_ptr + io->buffer_size) return -EPIPE;
    return at % s->boundary;
}

static snd_pcm_sframes_t transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset,
                                  snd_pcm_uframes_t size) {
    for (unsigned channel = 0; channel < io->channels; channel++) {
        const snd_pcm_channel_area_t *area = areas + channel;
        for (snd_pcm_uframes_t i = 0; i < size; i++) {
            short *sample = (short *)((char *)area->addr + (area->first + area->step * (offset + i)) / 8);
            short *place = &ring[(io->appl_ptr + i) % RING][channel];
            if (io->stream == SND_PCM_STREAM_PLAYBACK) *place = *sample;
            else { *sample = *place; *place = 0; }
        }
    }
    return size;
}

static int prepare(snd_pcm_ioplug_t *io) {
    if (is_gone()) return -ENODEV;
    if (io->stream == SND_PCM_STREAM_PLAYBACK) memset(ring, 0, sizeof ring);
    return 0;
}

static int sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params) {
    struct stream *s = io->private_data;
    snd_pcm_sw_params_get_boundary(params, &s->boundary);
    snd_pcm_sw_params_get_avail_min(params, &s->wake_at);
    return 0;
}

static int poll_revents(snd_pcm_ioplug_t *io, struct pollfd *pfd, unsigned nfds, unsigned short *revents) {
    struct stream *s = io->private_data;
    unsigned long long beats;
    (void)nfds;
    *revents = 0;
    if (!(pfd->revents & POLLIN) || read(io->poll_fd, &beats, sizeof beats) < 0) return 0;
    if (is_gone()) { *revents = POLLERR; return 0; }
    snd_pcm_uframes_t at = elapsed(s);
    if (io->stream == SND_PCM_STREAM_CAPTURE && at - io->appl_ptr >= s->wake_at) *revents = POLLIN;
    if (io->stream == SND_PCM_STREAM_PLAYBACK && at + io->buffer_size - io->appl_ptr >= s->wake_at) *revents = POLLOUT;
    return 0;
}

static int close_stream(snd_pcm_ioplug_t *io) {
    close(io->poll_fd);
    free(io->private_data);
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {.start = start, .stop = stop, .pointer = pointer, .transfer = transfer,
    .prepare = prepare, .sw_params = sw_params, .poll_revents = poll_revents, .close = close_stream};

SND_PCM_PLUGIN_DEFINE_FUNC(tipring_loop) {
    const char *channels = getenv("LOOP_CARD_CAPTURE_CHANNELS");
    unsigned count = stream == SND_PCM_STREAM_CAPTURE && channels ? atoi(channels) : 2;
    static const unsigned accesses[] = {SND_PCM_ACCESS_RW_INTERLEAVED}, formats[] = {SND_PCM_FORMAT_S16_LE};
    static const unsigned rates[] = {8000, 48000};
    struct stream *s;
    int error;
    (void)root; (void)conf;
    if (is_gone()) return -ENODEV;
    s = calloc(1, sizeof *s);
    s->io.version = SND_PCM_IOPLUG_VERSION;
    s->io.name = "loop without hardware";
    s->io.flags = SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
    s->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    s->io.poll_events = POLLIN;
    s->io.callback = &callbacks;
    s->io.private_data = s;
    if ((error = snd_pcm_ioplug_create(&s->io, name, stream, mode)) < 0) return error;
    snd_pcm_ioplug_set_param_list(&s->io, SND_PCM_IOPLUG_HW_ACCESS, 1, accesses);
    snd_pcm_ioplug_set_param_list(&s->io, SND_PCM_IOPLUG_HW_FORMAT, 1, formats);
    snd_pcm_ioplug_set_param_list(&s->io, SND_PCM_IOPLUG_HW_RATE, 2, rates);
    snd_pcm_ioplug_set_param_minmax(&s->io, SND_PCM_IOPLUG_HW_CHANNELS, count, count);
    snd_pcm_ioplug_set_param_minmax(&s->io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 80 * 2 * count, 960 * 2 * count);
    snd_pcm_ioplug_set_param_minmax(&s->io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 160 * 2 * count, 1 << 16);
    *pcmp = s->io.pcm;
    return 0;
}
SND_PCM_PLUGIN_SYMBOL(tipring_loop);
