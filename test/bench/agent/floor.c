/* What sockets alone cost an agent: as floor.mjs, in C. floor PORT. Prints "ready". */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char body[] =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40002 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
static const char no_body[] = "Content-Length: 0\r\n\r\n";

static char request[65536], copied[65536], response[131072];

/* The lines from the first Via to CSeq, but for Max-Forwards: the caller writes them one behind the other. Their length. */
static int repeat(void) {
  int length = 0;
  for (const char *line = strstr(request, "Via:"); line;) {
    const char *end = strstr(line, "\r\n");
    if (!end) break;
    int size = (int)(end - line);
    int is_last = strncmp(line, "CSeq:", 5) == 0;
    if (strncmp(line, "Max-Forwards:", 13) != 0) {
      const char *tag = strncmp(line, "To:", 3) == 0 && !memmem(line, size, "tag=", 4) ? ";tag=floor" : "";
      length += sprintf(copied + length, "%.*s%s\r\n", size, line, tag);
    }
    if (is_last) break;
    line = end + 2;
  }
  return length;
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  int port = atoi(arguments[1]), size = 1 << 20, handle = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  if (bind(handle, (struct sockaddr *)&local, sizeof local) != 0) return 1;
  char contact[64], with_body[512];
  sprintf(contact, "Contact: <sip:service@127.0.0.1:%d>\r\n", port);
  sprintf(with_body, "%sContent-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s", contact, strlen(body), body);
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct sockaddr_in from;
    socklen_t from_size = sizeof from;
    ssize_t length = recvfrom(handle, request, sizeof request - 1, 0, (struct sockaddr *)&from, &from_size);
    if (length <= 0 || request[0] == 'A') continue;
    request[length] = 0;
    int lines = repeat(), is_invite = request[0] == 'I';
    if (is_invite) {
      int all = sprintf(response, "SIP/2.0 180 Ringing\r\n%.*s%s%s", lines, copied, contact, no_body);
      sendto(handle, response, (size_t)all, 0, (struct sockaddr *)&from, from_size);
    }
    int all = sprintf(response, "SIP/2.0 200 OK\r\n%.*s%s", lines, copied, is_invite ? with_body : no_body);
    sendto(handle, response, (size_t)all, 0, (struct sockaddr *)&from, from_size);
  }
}
