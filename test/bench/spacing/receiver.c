/* Takes RTP on a port of 127.0.0.1 and says when the kernel got each packet. Prints the port; then, once nothing has come for two
   seconds, a line for each packet: nanoseconds, sequence number, time stamp. Its argument is the most packets to keep. */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

struct arrival {
  int64_t at;
  uint32_t timestamp;
  uint16_t sequence;
};

int main(int count, char **arguments) {
  long most = count == 2 ? atol(arguments[1]) : 0;
  struct arrival *arrivals = calloc((size_t) most + 1, sizeof *arrivals);
  int handle = socket(AF_INET, SOCK_DGRAM, 0), on = 1, room = 1 << 20;
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof place;
  if (!arrivals || bind(handle, (struct sockaddr *) &place, size) || getsockname(handle, (struct sockaddr *) &place, &size)) return 2;
  setsockopt(handle, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  printf("%d\n", ntohs(place.sin_port));
  fflush(stdout);

  long taken = 0;
  while (taken < most) {
    uint8_t bytes[512], control[128];
    struct iovec vector = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(handle, &message, 0);
    if (length < 0) break;
    if (taken == 0) {
      struct timeval patience = {2, 0};
      setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    struct cmsghdr *stamp = CMSG_FIRSTHDR(&message);
    if (length < 12 || !stamp || stamp->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec at;
    memcpy(&at, CMSG_DATA(stamp), sizeof at);
    arrivals[taken].at = (int64_t) at.tv_sec * 1000000000 + at.tv_nsec;
    arrivals[taken].sequence = (uint16_t) (bytes[2] << 8 | bytes[3]);
    arrivals[taken].timestamp = (uint32_t) bytes[4] << 24 | (uint32_t) bytes[5] << 16 | (uint32_t) bytes[6] << 8 | bytes[7];
    taken++;
  }
  for (long at = 0; at < taken; at++)
    printf("%lld %u %u\n", (long long) arrivals[at].at, arrivals[at].sequence, arrivals[at].timestamp);
  return 0;
}
