/* libre as a peer. It has no writer for a message that it has read, and its session description is one with an answer to it: so it reads. */

#include "peer.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <re/re.h>

static struct mbuf *buffers[MOST];

/* The others count the quotes. */
static long display(const struct pl *name) { return (long)name->l + (name->l && name->p[-1] == '"' ? 2 : 0); }
static long uri(const struct uri *uri) { return (long)(uri->user.l + uri->host.l) + uri->port; }

/* Its transports are numbers. */
static long transport(enum sip_transp transport) { return (long)strlen(sip_transp_name(transport)); }

static bool add_via(const struct sip_hdr *header, const struct sip_msg *message, void *sum) {
  struct sip_via via;
  struct pl host, port = PL_INIT;
  if (sip_via_decode(&via, &header->val) != 0) return true;
  if (uri_decode_hostport(&via.sentby, &host, &port) != 0) return true;
  *(long *)sum += transport(via.tp) + (long)host.l + (port.l ? (long)pl_u32(&port) : 0) + (long)via.branch.l;
  return false;
}

static bool add_contact(const struct sip_hdr *header, const struct sip_msg *message, void *sum) {
  struct sip_addr address;
  if (sip_addr_decode(&address, &header->val) != 0) return true;
  *(long *)sum += display(&address.dname) + uri(&address.uri);
  return false;
}

static long read_message(int index, const char *bytes, size_t length) {
  struct sip_msg *message = NULL;
  struct mbuf *buffer = buffers[index];
  buffer->pos = 0;
  buffer->end = length;
  if (sip_msg_decode(&message, buffer) != 0) return -1;
  long sum = message->req ? uri(&message->uri) : message->scode;
  sum += (long)message->cseq.num + (long)message->cseq.met.l;
  sip_msg_hdr_apply(message, true, SIP_HDR_VIA, add_via, &sum);
  sum += display(&message->from.dname) + uri(&message->from.uri) + (long)message->from.tag.l;
  sum += display(&message->to.dname) + uri(&message->to.uri) + (long)message->to.tag.l;
  sip_msg_hdr_apply(message, true, SIP_HDR_CONTACT, add_contact, &sum);
  sum += (long)message->callid.l;
  if (message->maxfwd.l) sum += (long)pl_u32(&message->maxfwd);
  if (message->clen.l) sum += (long)pl_u32(&message->clen);
  if (message->ctyp.type.l) sum += (long)message->ctyp.type.l + 1 + (long)message->ctyp.subtype.l;
  mem_deref(message);
  return sum;
}

int main(int count_of_arguments, char **arguments) {
  if (count_of_arguments < 2) return 2;
  load(arguments[1]);
  libre_init();
  for (int index = 0; index < count; index++) {
    buffers[index] = mbuf_alloc(lengths[index]);
    mbuf_write_mem(buffers[index], (uint8_t *)messages[index], lengths[index]);
  }
  const struct work works[] = {{"read", read_message}, {NULL, NULL}};
  serve(works);
  libre_close();
  return 0;
}
