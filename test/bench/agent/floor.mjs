// What Node itself costs an agent or a registrar: it sends 180 and 200 to an INVITE, 200 to a BYE, 401 and 200 to a REGISTER, and
// understands no more of them than their first letter and the lines that a response repeats. node floor.mjs PORT. Prints "ready".

import { createSocket } from "node:dgram";

const port = Number(process.argv[2]);
const socket = createSocket({ type: "udp4", lookup: (host, _options, callback) => callback(null, host, 4) });
const body =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40002 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
const contact = `Contact: <sip:service@127.0.0.1:${port}>\r\n`;
const noBody = "Content-Length: 0\r\n\r\n";
const withBody = `${contact}Content-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const challenge =
  'WWW-Authenticate: Digest realm="bench", nonce="6a1d5f0c93e84b27a0c4d1f95b3e7286", algorithm=MD5, qop="auth"\r\n';
const forget = () => {};

/** The lines from the first Via to CSeq: the caller writes them one behind the other, but for Max-Forwards and the tag of To. */
function repeated(text, tag) {
  const end = text.indexOf("\r\n", text.indexOf("CSeq:")) + 2;
  return text.slice(text.indexOf("Via:"), end).replace(/(\r\nTo: [^\r]*>)\r/, `$1${tag}\r`);
}

socket.on("message", (bytes, { port: from, address }) => {
  if (bytes[0] === 0x41) return;
  const text = bytes.latin1Slice(0, bytes.length);
  const copied = repeated(text, ";tag=floor");
  if (bytes[0] === 0x52 && !text.includes("\r\nAuthorization:")) {
    socket.send(`SIP/2.0 401 Unauthorized\r\n${copied}${challenge}${noBody}`, from, address, forget);
    return;
  }
  if (bytes[0] === 0x49) socket.send(`SIP/2.0 180 Ringing\r\n${copied}${contact}${noBody}`, from, address, forget);
  socket.send(`SIP/2.0 200 OK\r\n${copied}${bytes[0] === 0x49 ? withBody : noBody}`, from, address, forget);
});
process.on("SIGTERM", () => process.exit(0));
socket.bind(port, "127.0.0.1", () => console.log("ready"));
