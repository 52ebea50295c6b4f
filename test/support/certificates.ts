// Authorities and certificates made on the spot by openssl: nothing that could expire is kept.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
  /** Paths of PEM files. */
  certificate: string;
  key: string;
}

interface Wish {
  commonName?: string;
  /** As openssl writes them: `DNS:sip.example.org,URI:sip:example.org`. */
  alternatives?: string;
  /** Days from today on; negative: expired. */
  days?: number;
}

export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), "tipring-certificates-"));
  /** Its own certificate. */
  readonly ca: string;
  readonly #key: string;
  #count = 0;

  constructor(t: { after(clean: () => void): void }) {
    t.after(() => rmSync(this.folder, { recursive: true }));
    ({ certificate: this.ca, key: this.#key } = this.#make({ commonName: "test authority" }, true));
  }

  certify(wish: Wish): Certificate {
    return this.#make(wish, false, ["-CA", this.ca, "-CAkey", this.#key, "-CAcreateserial"]);
  }

  /** Without the authority: signed with its own key. */
  certifyItself(wish: Wish): Certificate {
    return this.#make(wish, false);
  }

  #make({ commonName = "nobody", alternatives, days = 2 }: Wish, isAuthority: boolean, signer?: string[]): Certificate {
    const base = join(this.folder, String(this.#count++));
    const [key, request, extensions, certificate] = ["key", "csr", "ext", "pem"].map((end) => `${base}.${end}`) as [
      string,
      string,
      string,
      string,
    ];
    const lines = [
      `basicConstraints=critical,CA:${isAuthority ? "TRUE" : "FALSE"}`,
      ...(alternatives === undefined ? [] : [`subjectAltName=${alternatives}`]),
    ];
    writeFileSync(extensions, lines.join("\n"));
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    openssl("req", "-new", ...curve, "-subj", `/CN=${commonName}`, "-keyout", key, "-out", request);
    openssl(
      ...["x509", "-req", "-in", request, "-out", certificate, "-days", String(days), "-extfile", extensions],
      ...(signer ?? ["-signkey", key]),
    );
    return { certificate, key };
  }
}

function openssl(...words: string[]): void {
  execFileSync("openssl", words, { stdio: "pipe" });
}
