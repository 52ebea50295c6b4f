/* Sofia-SIP's nua as a user agent that rings and answers at once: peer-sofia PORT. Prints "ready". */

#include <stdio.h>
#include <stdlib.h>

typedef struct agent agent_t;
#define NUA_MAGIC_T agent_t
#include <sofia-sip/nua.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/soa.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/tport_tag.h>

static const char description[] =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40002 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

static void handle(nua_event_t event, int status, char const *phrase, nua_t *nua, agent_t *agent, nua_handle_t *call,
                   nua_hmagic_t *magic, sip_t const *sip, tagi_t tags[]) {
  if (event == nua_i_invite) {
    nua_respond(call, SIP_180_RINGING, TAG_END());
    nua_respond(call, SIP_200_OK, SOATAG_USER_SDP_STR(description), TAG_END());
  } else if (event == nua_i_terminated) {
    nua_handle_destroy(call);
  }
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  char url[64];
  snprintf(url, sizeof url, "sip:127.0.0.1:%s;transport=udp", arguments[1]);
  su_init();
  su_log_set_level(NULL, 0);
  su_root_t *root = su_root_create(NULL);
  su_root_threading(root, 0);
  nua_t *nua = nua_create(root, handle, NULL, NUTAG_URL(url), NUTAG_AUTOALERT(0), NUTAG_SESSION_TIMER(0), TAG_END());
  if (!nua) return 1;
  puts("ready");
  fflush(stdout);
  su_root_run(root);
  return 0;
}
