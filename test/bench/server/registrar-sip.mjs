// The npm package `sip` as a registrar with digest: node registrar-sip.mjs PORT. Prints "ready".

import sip from "sip";
import digest from "sip/digest.js";

const address = "127.0.0.1";
const realm = "bench";
const sessions = new Map();
const locations = new Map();
let tags = 0;

sip.start(
  { address, port: Number(process.argv[2]), publicAddress: address, tcp: false, logger: { error() {} } },
  (request) => {
    const { user } = sip.parseUri(request.headers.to.uri);
    let session = sessions.get(user);
    if (!session) {
      session = { realm };
      sessions.set(user, session);
    }
    if (!digest.authenticateRequest(session, request, { user, password: `secret-${user}` })) {
      sip.send(digest.challenge(session, sip.makeResponse(request, 401, "Unauthorized")));
      return;
    }
    locations.set(user, request.headers.contact);
    const response = sip.makeResponse(request, 200, "OK");
    response.headers.to.params.tag = `t${++tags}`;
    response.headers.contact = request.headers.contact;
    sip.send(response);
  },
);
process.on("SIGTERM", () => process.exit(0));
console.log("ready");
