/* libosip2 as a peer (peer.mjs says what a peer does). The argument is a file of messages: length as u32 of this machine, bytes. */

#include <osipparser2/osip_parser.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define MOST 64

static char *messages[MOST];
static uint32_t lengths[MOST];
static int count;

static void load(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) exit(2);
  while (count < MOST && fread(&lengths[count], sizeof lengths[0], 1, file) == 1) {
    messages[count] = calloc(lengths[count] + 1, 1);
    if (fread(messages[count], 1, lengths[count], file) != lengths[count]) exit(2);
    count++;
  }
  fclose(file);
}

static long size(const char *text) { return text ? (long)strlen(text) : 0; }
static long number(const char *text) { return text ? atol(text) : 0; }

static long uri(osip_uri_t *uri) { return size(uri->username) + size(uri->host) + number(uri->port); }

static long parameter(osip_list_t *list, char *name) {
  osip_generic_param_t *found = NULL;
  osip_generic_param_get_byname(list, name, &found);
  return found ? size(found->gvalue) : 0;
}

/* From, To and Contact share one structure. */
static long address(osip_from_t *from) { return size(from->displayname) + uri(from->url); }

static long read_message(const char *bytes, size_t length) {
  osip_message_t *message;
  osip_message_init(&message);
  if (osip_message_parse(message, bytes, length) != 0) {
    osip_message_free(message);
    return -1;
  }
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
  osip_message_free(message);
  return sum;
}

int main(int count_of_arguments, char **arguments) {
  if (count_of_arguments < 2) return 2;
  load(arguments[1]);
  parser_init();
  char line[32];
  while (fgets(line, sizeof line, stdin)) {
    struct timespec start, end;
    long sum = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (long passes = atol(line); passes > 0; passes--) {
      sum = 0;
      for (int index = 0; index < count; index++) sum += read_message(messages[index], lengths[index]);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    printf("%.0f %ld\n", (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec), sum);
    fflush(stdout);
  }
  return 0;
}
