/* libre as a user agent that rings and answers at once: peer-re PORT. Prints "ready". */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <re/re.h>

#define TABLE 32768

static struct sip *stack;
static struct sipsess_sock *sessions;

struct call {
  struct sipsess *session;
  struct sdp_session *description;
};

static void end(void *data) {
  struct call *call = data;
  mem_deref(call->session);
  mem_deref(call->description);
}

static int offer(struct mbuf **body, const struct sip_msg *message, void *data) {
  return sdp_encode(body, ((struct call *)data)->description, false);
}

static int take_answer(const struct sip_msg *message, void *data) {
  return sdp_decode(((struct call *)data)->description, message->mb, false);
}

static void established(const struct sip_msg *message, void *data) {}
static void closed(int error, const struct sip_msg *message, void *data) { mem_deref(data); }

static int describe(struct call *call, const struct sip_msg *message, struct mbuf **body) {
  struct sa local;
  struct sdp_media *media;
  sa_set_str(&local, "127.0.0.1", 0);
  int error = sdp_session_alloc(&call->description, &local);
  if (!error) error = sdp_media_add(&media, call->description, "audio", 40002, "RTP/AVP");
  if (!error) error = sdp_format_add(NULL, media, false, "0", "PCMU", 8000, 1, NULL, NULL, NULL, false, NULL);
  if (!error && mbuf_get_left(message->mb)) error = sdp_decode(call->description, message->mb, true);
  return error ? error : sdp_encode(body, call->description, false);
}

static void called(const struct sip_msg *message, void *data) {
  struct call *call = mem_zalloc(sizeof *call, end);
  struct mbuf *body = NULL;
  int error = describe(call, message, &body);
  if (!error)
    error = sipsess_accept(&call->session, sessions, message, 180, "Ringing", "service", "application/sdp", NULL, NULL, NULL,
                           false, offer, take_answer, established, NULL, NULL, closed, call, NULL);
  if (!error) error = sipsess_answer(call->session, 200, "OK", body, NULL);
  mem_deref(body);
  if (!error) return;
  sip_treply(NULL, stack, message, 500, "Server Internal Error");
  mem_deref(call);
}

static void stop(int signal) { re_cancel(); }

int main(int count, char **arguments) {
  if (count < 2) return 2;
  struct sa local;
  libre_init();
  sa_set_str(&local, "127.0.0.1", (uint16_t)atoi(arguments[1]));
  int error = sip_alloc(&stack, NULL, TABLE, TABLE, TABLE, "libre", NULL, NULL);
  if (!error) error = sip_transp_add(stack, SIP_TRANSP_UDP, &local);
  if (!error) error = sipsess_listen(&sessions, stack, TABLE, called, NULL);
  if (error) return 1;
  puts("ready");
  fflush(stdout);
  re_main(stop);
  return 0;
}
