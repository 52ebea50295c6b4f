// The npm package `sip` as a peer.

import sip from "sip";
import { messages } from "../messages/messages.mjs";
import { serve } from "./peer.mjs";

const size = (text) => text?.length ?? 0;

function uri(text) {
  const { user, host, port } = sip.parseUri(text);
  return size(user) + size(host) + (port || 0);
}

const address = ({ name, uri: text }) => size(name) + uri(text);

function sumOf({ method, status, uri: target, headers }) {
  let sum = method === undefined ? status : uri(target);
  sum += headers.cseq.seq + size(headers.cseq.method);
  for (const { protocol, host, port, params } of headers.via) sum += size(protocol) + size(host) + (port ?? 0) + size(params.branch);
  sum += address(headers.from) + size(headers.from.params.tag) + address(headers.to) + size(headers.to.params.tag);
  if (headers.contact) for (const contact of headers.contact) sum += address(contact);
  sum += size(headers["call-id"]) + Number(headers["max-forwards"] ?? 0) + headers["content-length"];
  return sum + size(headers["content-type"]);
}

const works = {
  read: (bytes) => sumOf(sip.parse(bytes)),
  write: (bytes) => {
    const message = sip.parse(bytes);
    const sum = sumOf(message);
    return sip.stringify(message).length > 0 ? sum : -1;
  },
};
serve(works, messages);
