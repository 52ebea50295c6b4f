/* Sofia-SIP as a peer: it reads every header field that it knows, whether asked for or not. */

#include "peer.h"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/sdp.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su.h>
#include <strings.h>

static msg_mclass_t const *class;

static long uri(url_t const *url) { return size(url->url_user) + size(url->url_host) + number(url->url_port); }

/* "SIP/2.0/UDP" */
static long transport(const char *protocol) {
  const char *slash = strrchr(protocol, '/');
  return size(slash ? slash + 1 : protocol);
}

static long address(sip_addr_t const *from) { return size(from->a_display) + uri(from->a_url) + size(from->a_tag); }

static long sum_of(sip_t const *sip) {
  long sum = sip->sip_request ? uri(sip->sip_request->rq_url) : sip->sip_status->st_status;
  sum += (long)sip->sip_cseq->cs_seq + size(sip->sip_cseq->cs_method_name);
  for (sip_via_t const *via = sip->sip_via; via; via = via->v_next)
    sum += transport(via->v_protocol) + size(via->v_host) + number(via->v_port) + size(via->v_branch);
  sum += address(sip->sip_from) + address(sip->sip_to);
  for (sip_contact_t const *contact = sip->sip_contact; contact; contact = contact->m_next)
    sum += size(contact->m_display) + uri(contact->m_url);
  sum += size(sip->sip_call_id->i_id);
  if (sip->sip_max_forwards) sum += (long)sip->sip_max_forwards->mf_count;
  if (sip->sip_content_length) sum += (long)sip->sip_content_length->l_length;
  if (sip->sip_content_type) sum += size(sip->sip_content_type->c_type);
  return sum;
}

static sip_t *parse(msg_t **message, const char *bytes, size_t length) {
  *message = msg_make(class, 0, bytes, length);
  sip_t *sip = *message ? sip_object(*message) : NULL;
  return sip && !sip->sip_error ? sip : NULL;
}

static long read_message(int index, const char *bytes, size_t length) {
  msg_t *message;
  sip_t *sip = parse(&message, bytes, length);
  long sum = sip ? sum_of(sip) : -1;
  msg_destroy(message);
  return sum;
}

static long media(sip_payload_t const *payload) {
  sdp_parser_t *parser = sdp_parse(NULL, payload->pl_data, payload->pl_len, 0);
  sdp_session_t *session = sdp_session(parser);
  long sum = session ? 0 : -1;
  for (sdp_media_t const *media = session ? session->sdp_media : NULL; media; media = media->m_next) {
    sum += (long)media->m_port;
    for (sdp_rtpmap_t const *map = media->m_rtpmaps; map; map = map->rm_next) sum++;
    for (sdp_list_t const *format = media->m_format; format; format = format->l_next) sum++;
  }
  sdp_parser_free(parser);
  return sum;
}

static long describe(int index, const char *bytes, size_t length) {
  msg_t *message;
  sip_t *sip = parse(&message, bytes, length);
  long sum = sip ? sum_of(sip) : -1;
  if (sip && sip->sip_payload && sip->sip_content_type && strcasecmp(sip->sip_content_type->c_type, "application/sdp") == 0)
    sum += media(sip->sip_payload);
  msg_destroy(message);
  return sum;
}

static long write_message(int index, const char *bytes, size_t length) {
  static char text[LONGEST];
  msg_t *message;
  sip_t *sip = parse(&message, bytes, length);
  long sum = sip ? sum_of(sip) : -1;
  if (sip && msg_object_e(text, sizeof text, (msg_pub_t *)sip, 0) <= 0) sum = -1;
  msg_destroy(message);
  return sum;
}

int main(int count_of_arguments, char **arguments) {
  if (count_of_arguments < 2) return 2;
  load(arguments[1]);
  su_init();
  class = sip_default_mclass();
  const struct work works[] = {{"read", read_message}, {"describe", describe}, {"write", write_message}, {NULL, NULL}};
  serve(works);
  return 0;
}
