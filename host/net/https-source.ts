// An update file by HTTPS (RFC 9110): redirections are followed, a connection that breaks is taken up where it broke (§14, Range).

import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";
import type { UpdateSource } from "../status.ts";
import type { Progress } from "../update/sources.ts";
import { TRAILER_SIZE, UpdateError } from "../update/update-file.ts";
import { tlsProblem } from "./tls-problem.ts";

const REDIRECTS_MAX = 5;
/** Broken connections in a row that brought nothing. */
const FAILURES_MAX = 5;
const RETRY_FIRST = 1000;
const IDLE_MAX = 30_000;

export interface HttpsOptions {
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
  /** Authorities in PEM to believe instead of those that Node knows. */
  ca?: string | undefined;
  /** A server that says nothing for so long, ms, is given up. */
  idleMax?: number;
}

export class HttpsSource implements UpdateSource {
  readonly name: string;
  readonly progress: Progress;
  readonly #options: HttpsOptions;
  #url: URL;
  #etag: string | undefined;
  size: number | undefined;

  /** Throws an UpdateError for an address that is no https one. */
  constructor(address: string, options: HttpsOptions) {
    if (!URL.canParse(address))
      throw new UpdateError(`"${address}" is no address; allowed: https://HOST/PATH, or a path`);
    this.#url = new URL(address);
    mustBeHttps(this.#url);
    // Without a password that may stand in it.
    this.name = `${this.#url.origin}${this.#url.pathname}`;
    this.#options = options;
    this.progress = options.progress;
  }

  /** Undefined when the server has no ranges to give. */
  async trailer(): Promise<Uint8Array | undefined> {
    const response = await this.#get({ range: `bytes=-${TRAILER_SIZE}` });
    const { etag, "content-length": length } = response.headers;
    this.#etag = etag;
    if (response.statusCode !== 206) {
      response.destroy();
      if (length !== undefined) this.size = Number(length);
      return undefined;
    }
    this.size = contentRange(response).total;
    const trailer = Buffer.alloc(TRAILER_SIZE);
    let filled = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) filled += chunk.copy(trailer, filled);
    } catch (error) {
      throw this.#told(error as Error);
    }
    return filled === TRAILER_SIZE ? trailer : undefined;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    let at = 0;
    let failures = 0;
    for (;;) {
      const began = at;
      let problem: Error;
      try {
        for await (const chunk of this.#from(at)) {
          at += chunk.length;
          yield chunk;
        }
        if (this.size === undefined || at === this.size) return;
        problem = new Error(`it sent ${at} bytes of ${this.size}`);
      } catch (error) {
        problem = error as Error;
      }
      if (problem instanceof UpdateError || at === 0) throw this.#told(problem);
      failures = at > began ? 0 : failures + 1;
      if (failures > FAILURES_MAX) throw this.#told(problem);
      await this.#wait(RETRY_FIRST * 2 ** failures);
    }
  }

  /** The file from byte `at` on, from one connection. */
  async *#from(at: number): AsyncGenerator<Buffer> {
    const range = { range: `bytes=${at}-`, ...(this.#etag === undefined ? {} : { "if-range": this.#etag }) };
    const response = await this.#get(at === 0 ? {} : range);
    const { etag, "content-length": length } = response.headers;
    const isPart = response.statusCode === 206;
    if (isPart && contentRange(response).start !== at) {
      response.destroy();
      throw new UpdateError(`${this.name} sent another part of the file than it was asked for`);
    }
    if (at > 0 && etag !== this.#etag) {
      response.destroy();
      throw new UpdateError(`the file at ${this.name} has changed meanwhile; ask again`);
    }
    this.#etag = etag;
    if (!isPart && length !== undefined) this.size = Number(length);
    // A server without ranges sends all of it again.
    let skip = isPart ? 0 : at;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (skip < chunk.length) yield chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.length);
    }
  }

  /** The answer, with the status 200 or 206, after all redirections. */
  async #get(headers: Record<string, string>): Promise<IncomingMessage> {
    for (let redirects = 0; ; redirects++) {
      const response = await this.#ask(headers);
      const { statusCode = 0, statusMessage, headers: fields } = response;
      if (statusCode === 200 || statusCode === 206) return response;
      response.destroy();
      if (![301, 302, 303, 307, 308].includes(statusCode) || fields.location === undefined)
        throw new UpdateError(`${this.name} answers ${statusCode} ${statusMessage}`.trimEnd());
      if (redirects === REDIRECTS_MAX) throw new UpdateError(`${this.name} redirects more than ${REDIRECTS_MAX} times`);
      if (!URL.canParse(fields.location, this.#url)) throw new UpdateError(`${this.name} redirects to nowhere`);
      this.#url = new URL(fields.location, this.#url);
      mustBeHttps(this.#url);
    }
  }

  async #ask(headers: Record<string, string>): Promise<IncomingMessage> {
    // A tenth of the program's start on a small board, and seldom needed.
    const { request } = await import("node:https");
    const { signal, ca, idleMax = IDLE_MAX } = this.#options;
    return new Promise((resolve, reject) => {
      let answer: IncomingMessage | undefined;
      // A connection of its own: one that is kept alive may be the one that broke.
      const options = { headers, signal, agent: false, timeout: idleMax, ...(ca === undefined ? {} : { ca }) };
      const sent = request(this.#url, options, (response) => {
        answer = response;
        resolve(response);
      });
      sent.on("timeout", () => (answer ?? sent).destroy(new Error(`it says nothing for ${idleMax / 1000} s`)));
      sent.on("error", (error) => reject(error));
      sent.end();
    });
  }

  /** The same for people. */
  #told(error: Error): Error {
    if (this.#options.signal.aborted) return new UpdateError("stopped");
    return error instanceof UpdateError ? error : new UpdateError(`${this.name}: ${tlsProblem(error)}`);
  }

  #wait(duration: number): Promise<void> {
    const { clock, signal } = this.#options;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clock.clearTimeout(timer);
        reject(new UpdateError("stopped"));
      };
      const timer = clock.setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, duration);
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
    });
  }
}

function mustBeHttps(url: URL): void {
  if (url.protocol !== "https:")
    throw new UpdateError(`"${url.protocol}//" is not taken; allowed: an address that begins with https://`);
}

/** RFC 9110 §14.4: `bytes 0-99/1000`. */
function contentRange({ headers }: IncomingMessage): { start: number; total: number | undefined } {
  const [, start, total] = /^bytes (\d{1,12})-\d{1,12}\/(\d{1,12}|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  return { start: Number(start ?? -1), total: total === undefined || total === "*" ? undefined : Number(total) };
}
