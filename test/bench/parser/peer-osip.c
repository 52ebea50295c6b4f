/* libosip2 as a peer. */

#include "peer.h"

#include <osipparser2/osip_parser.h>
#include <osipparser2/sdp_message.h>
#include <sys/time.h>

static long uri(osip_uri_t *uri) { return size(uri->username) + size(uri->host) + number(uri->port); }

static long parameter(osip_list_t *list, char *name) {
  osip_generic_param_t *found = NULL;
  osip_generic_param_get_byname(list, name, &found);
  return found ? size(found->gvalue) : 0;
}

/* From, To and Contact share one structure. */
static long address(osip_from_t *from) { return size(from->displayname) + uri(from->url); }

static long sum_of(osip_message_t *message) {
  long sum = message->sip_method ? uri(message->req_uri) : message->status_code;
  sum += number(message->cseq->number) + size(message->cseq->method);
  osip_list_iterator_t at;
  for (osip_via_t *via = osip_list_get_first(&message->vias, &at); via; via = osip_list_get_next(&at))
    sum += size(via->protocol) + size(via->host) + number(via->port) + parameter(&via->via_params, "branch");
  sum += address(message->from) + parameter(&message->from->gen_params, "tag");
  sum += address(message->to) + parameter(&message->to->gen_params, "tag");
  for (osip_contact_t *contact = osip_list_get_first(&message->contacts, &at); contact; contact = osip_list_get_next(&at))
    sum += address(contact);
  sum += size(message->call_id->number) + (message->call_id->host ? 1 + size(message->call_id->host) : 0);
  osip_header_t *hops = NULL;
  osip_message_header_get_byname(message, "max-forwards", 0, &hops);
  if (hops) sum += number(hops->hvalue);
  if (message->content_length) sum += number(message->content_length->value);
  if (message->content_type) sum += size(message->content_type->type) + 1 + size(message->content_type->subtype);
  return sum;
}

static osip_message_t *parse(const char *bytes, size_t length) {
  osip_message_t *message;
  osip_message_init(&message);
  if (osip_message_parse(message, bytes, length) == 0) return message;
  osip_message_free(message);
  return NULL;
}

static long read_message(int index, const char *bytes, size_t length) {
  osip_message_t *message = parse(bytes, length);
  if (!message) return -1;
  long sum = sum_of(message);
  osip_message_free(message);
  return sum;
}

static long media(const char *text) {
  sdp_message_t *description;
  sdp_message_init(&description);
  if (sdp_message_parse(description, text) != 0) return -1;
  long sum = 0;
  for (int at = 0; !sdp_message_endof_media(description, at); at++) {
    sum += number(sdp_message_m_port_get(description, at));
    for (int format = 0; sdp_message_m_payload_get(description, at, format); format++) sum++;
  }
  sdp_message_free(description);
  return sum;
}

static long describe(int index, const char *bytes, size_t length) {
  osip_message_t *message = parse(bytes, length);
  if (!message) return -1;
  long sum = sum_of(message);
  osip_body_t *body = osip_list_get(&message->bodies, 0);
  if (body && message->content_type && strcasecmp(message->content_type->subtype, "sdp") == 0) sum += media(body->body);
  osip_message_free(message);
  return sum;
}

static long write_message(int index, const char *bytes, size_t length) {
  osip_message_t *message = parse(bytes, length);
  if (!message) return -1;
  long sum = sum_of(message);
  char *text;
  size_t text_length;
  if (osip_message_to_str(message, &text, &text_length) != 0) sum = -1;
  else osip_free(text);
  osip_message_free(message);
  return sum;
}

int main(int count_of_arguments, char **arguments) {
  if (count_of_arguments < 2) return 2;
  load(arguments[1]);
  parser_init();
  const struct work works[] = {{"read", read_message}, {"describe", describe}, {"write", write_message}, {NULL, NULL}};
  serve(works);
  return 0;
}
