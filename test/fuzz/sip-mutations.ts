// Damages SIP messages the way that their grammar invites: RFC 3261 §25, RFC 4475 for what others have thought of. Text is latin1, so
// that each character is a byte.

import type { Dice } from "../support/dice.ts";
import { BAD_UTF8, ESCAPES, FIELDS, LISTED, LONG_FORMS, METHODS, NUMBERS, SDP_LINES, STATUSES } from "./sip-words.ts";

type Mutation = (text: string, dice: Dice) => string;

const splice = (text: string, at: number, remove: number, put: string): string =>
  text.slice(0, at) + put + text.slice(at + remove);

/** Changes one match of a pattern, any of them. */
function changeOne(text: string, pattern: RegExp, dice: Dice, change: (match: RegExpExecArray) => string): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const match = dice.pick(matches) as RegExpExecArray;
  return splice(text, match.index, match[0].length, change(match));
}

/** Works on the lines of the header, or of the body. */
function onLines(text: string, isBody: boolean, change: (lines: string[]) => void): string {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return text;
  const [head, body] = [text.slice(0, end), text.slice(end + 4)];
  const lines = (isBody ? body : head).split("\r\n");
  change(lines);
  return isBody ? `${head}\r\n\r\n${lines.join("\r\n")}` : `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** Content-Length as it ought to be, so that a damaged body is read. */
function remeasured(text: string): string {
  const end = text.indexOf("\r\n\r\n");
  return end < 0 ? text : text.replace(/^(content-length|l)[ \t]*:.*$/im, `$1: ${text.length - end - 4}`);
}

const header: readonly Mutation[] = [
  (text, dice) => onLines(text, false, (lines) => lines.splice(dice.below(lines.length + 1), 0, dice.pick(lines))),
  (text, dice) => onLines(text, false, (lines) => lines.splice(dice.below(lines.length), 1)),
  (text, dice) =>
    onLines(text, false, (lines) => {
      const [one, other] = [dice.below(lines.length), dice.below(lines.length)];
      [lines[one], lines[other]] = [lines[other] as string, lines[one] as string];
    }),
  (text, dice) => onLines(text, false, (lines) => lines.splice(1 + dice.below(lines.length), 0, dice.pick(FIELDS))),
  (text, dice) =>
    onLines(text, false, (lines) => {
      const field = dice.pick(FIELDS);
      const name = field.split(":")[0]?.toLowerCase();
      const index = lines.findIndex((line) => line.split(":")[0]?.toLowerCase() === name);
      lines.splice(index < 0 ? lines.length : index, index < 0 ? 0 : 1, field);
    }),
  // values of two fields change places
  (text, dice) =>
    onLines(text, false, (lines) => {
      const [one, other] = [dice.below(lines.length), dice.below(lines.length)];
      const value = (index: number): string => (lines[index] ?? "").replace(/^[^:]*:/, "");
      const name = (index: number): string => (lines[index] ?? "").split(":")[0] as string;
      [lines[one], lines[other]] = [`${name(one)}:${value(other)}`, `${name(other)}:${value(one)}`];
    }),
  // a field moves into another's list
  (text, dice) =>
    onLines(text, false, (lines) => {
      const index = dice.below(lines.length);
      lines[index] += `, ${(dice.pick(lines).split(": ")[1] ?? "").slice(0, 200)}`;
    }),
  (text, dice) =>
    changeOne(text, /^[A-Za-z-]+(?=:)/gm, dice, ([name]) => {
      const short = LONG_FORMS[name.toLowerCase()];
      return dice.chance(0.7) && short
        ? short
        : dice.pick([name.toUpperCase(), name.toLowerCase(), `${name} `, `${name}\t `, ` ${name}`, `${name}\x00`]);
    }),
  (text, dice) =>
    changeOne(text, /[ ,;]/g, dice, ([mark]) =>
      dice.pick([`${mark}\r\n `, `\r\n\t${mark}`, `${mark}\r\n\r\n `, `\r ${mark}`, `\n ${mark}`]),
    ),
  (text, dice) =>
    changeOne(
      text,
      /^(content-length|l)[ \t]*:.*$/gim,
      dice,
      ([line]) => `${line.split(":")[0]}: ${dice.pick([...NUMBERS, "", " ", `${dice.below(2000)}`])}`,
    ),
  (text, dice) =>
    onLines(text, false, (lines) => {
      for (let count = dice.below(260); count > 0; count--) lines.push(`X-${count}: y`);
    }),
  (text, dice) =>
    onLines(text, false, (lines) =>
      lines.push(
        `X-Long: ${dice.pick(["a", ",", '"', "(", "\\", "%41", "\xc3\xa4", "<"]).repeat(dice.below(dice.chance(0.1) ? 60000 : 3000))}`,
      ),
    ),
];

const values: readonly Mutation[] = [
  (text, dice) => changeOne(text, /\d+/g, dice, () => dice.pick(NUMBERS)),
  (text, dice) =>
    changeOne(text, /\d+/g, dice, ([digits]) => `${(Number(digits) + dice.pick([1, -1, 2, 1000, 2 ** 31])) % 2 ** 53}`),
  (text, dice) =>
    changeOne(text, /[\w.-]{3,}/g, dice, ([token]) => token.repeat(1 + dice.below(dice.chance(0.2) ? 900 : 40))),
  (text, dice) =>
    changeOne(text, /"[^"\r\n]*"/g, dice, ([quoted]) =>
      dice.pick([
        quoted.slice(1),
        quoted.slice(0, -1),
        `"${quoted}"`,
        `"\\${quoted}`,
        `${quoted.slice(0, -1)}\\"`,
        `"\\\x00"`,
        `""`,
        `"${'\\"'.repeat(dice.below(200))}"`,
      ]),
    ),
  (text, dice) =>
    changeOne(text, /<[^>\r\n]*>/g, dice, ([angled]) =>
      dice.pick([
        angled.slice(1),
        angled.slice(0, -1),
        `<${angled}>`,
        "<>",
        `"<" ${angled}`,
        "< >",
        `<sip:${angled.slice(5)}`,
        "<sip:>",
        "<sips:x@y>",
        "<tel:+1-2>",
        `<sip:${"a".repeat(dice.below(400))}@b>`,
      ]),
    ),
  (text, dice) =>
    changeOne(text, /;[\w-]+(=[^;\r\n,>]*)?/g, dice, ([parameter]) =>
      dice.pick([
        "",
        ";",
        ";;",
        parameter + parameter,
        `${parameter}=`,
        `;${parameter}`,
        `${parameter.split("=")[0]}=`,
        `${parameter.split("=")[0]}="`,
        parameter.toUpperCase(),
        `${parameter.split("=")[0]}=${dice.pick(NUMBERS)}`,
      ]),
    ),
  (text, dice) =>
    changeOne(text, /tag=[^;\r\n>]*/g, dice, ([tag]) =>
      dice.pick([
        "tag=",
        "",
        "tag=x",
        `${tag}0`,
        tag.slice(0, -1),
        `tag="${tag.slice(4)}"`,
        `${tag};${tag}`,
        `TAG=${tag.slice(4)}`,
        `tag=${"t".repeat(dice.below(3000))}`,
      ]),
    ),
  (text) => {
    const tags = [...text.matchAll(/tag=[^;\r\n>]*/g)].map(([tag]) => tag);
    let index = 0;
    return tags.length < 2 ? text : text.replaceAll(/tag=[^;\r\n>]*/g, () => tags[++index % tags.length] as string);
  },
  (text, dice) =>
    changeOne(text, /branch=[^;\r\n,]*/g, dice, ([branch]) =>
      dice.pick([
        "",
        "branch=",
        "branch=z9hG4bK",
        "branch=1",
        `${branch}x`,
        branch.toLowerCase(),
        `branch=z9hG4bK${dice.bits().toString(16)}`,
        `${branch};rport`,
        `${branch};maddr=203.0.113.7`,
        `${branch};received=203.0.113.7;rport=1`,
        `branch=z9hG4bK${"b".repeat(dice.below(3000))}`,
      ]),
    ),
  (text, dice) => text.replace(/branch=z9hG4bK[^;\r\n,]*/, `branch=z9hG4bK${dice.bits().toString(16)}`),
  (text, dice) =>
    changeOne(
      text,
      /^CSeq:.*$/gim,
      dice,
      () => `CSeq: ${dice.chance(0.5) ? dice.below(40) : dice.pick(NUMBERS)} ${dice.pick(METHODS)}`,
    ),
  (text, dice) => text.replace(/^\S+(?= sip)/, dice.pick(METHODS)),
  (text, dice) => {
    const method = dice.pick(METHODS);
    return text.replace(/^\S+(?= sip)/, method).replace(/^(cseq:\s*\d+ ).*$/im, `$1${method}`);
  },
  (text, dice) => text.replace(/^SIP\/2\.0 \d+/, `SIP/2.0 ${dice.pick(STATUSES)}`),
  (text, dice) =>
    changeOne(text, /sips?:[^;>\r\n" ]*/g, dice, ([uri]) =>
      dice.pick([
        `${uri}${dice.pick(ESCAPES)}`,
        uri.replace("sip:", "sips:"),
        uri.replace(/@.*/, ""),
        uri.replace(/@.*/, "@[::1]:5060"),
        uri.replace(/@.*/, "@127.0.0.1:0"),
        uri.replace(/:\d+$/, ":65536"),
        "sip:",
        "tel:911",
        "*",
        "http://x/?a#b",
        `${uri};lr;maddr=1.1.1.1`,
        `${uri}?X=%00&Y`,
        uri.replace("@", ":pass@"),
        "sip:101@127.0.0.1",
        "sip:127.0.0.1:5060",
        "sip:127.0.0.2:5060",
      ]),
    ),
  (text, dice) => {
    const count = dice.pick([1, 2, 15, 16, 17, 40]);
    return text.replace(
      "\r\n",
      `\r\n${dice.pick(["Route", "Record-Route", "Via"])}: ${Array(count)
        .fill(
          dice.pick([
            "<sip:127.0.0.1:5060;lr>",
            "<sip:127.0.0.1>",
            "<sip:203.0.113.9;lr>",
            "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKloop",
          ]),
        )
        .join(dice.chance(0.5) ? "," : ",\r\n ")}\r\n`,
    );
  },
];

const description: readonly Mutation[] = [
  (text, dice) =>
    remeasured(onLines(text, true, (lines) => lines.splice(dice.below(lines.length + 1), 0, dice.pick(SDP_LINES)))),
  (text, dice) => remeasured(onLines(text, true, (lines) => lines.splice(dice.below(lines.length), 1))),
  (text, dice) =>
    remeasured(onLines(text, true, (lines) => lines.splice(dice.below(lines.length), 1, dice.pick(SDP_LINES)))),
  (text, dice) =>
    remeasured(
      onLines(text, true, (lines) =>
        lines.splice(dice.below(lines.length), 0, ...Array(dice.below(40)).fill(dice.pick(SDP_LINES))),
      ),
    ),
  (text, dice) =>
    remeasured(
      onLines(text, true, (lines) => {
        const index = dice.below(lines.length);
        lines[index] = (lines[index] as string).replace(/\d+/g, (digits) =>
          dice.chance(0.4) ? dice.pick(NUMBERS) : digits,
        );
      }),
    ),
  (text, dice) =>
    remeasured(
      onLines(text, true, (lines) =>
        lines.push("--x", "Content-Type: application/sdp", "", ...lines, dice.pick(["--x--", "--x", "--", "\r\n"])),
      ),
    ),
];

const bytes: readonly Mutation[] = [
  (text, dice) => splice(text, dice.below(text.length + 1), 1, String.fromCharCode(dice.below(256))),
  (text, dice) => splice(text, dice.below(text.length + 1), dice.below(12), ""),
  (text, dice) => splice(text, dice.below(text.length + 1), 0, LISTED.charAt(dice.below(LISTED.length))),
  (text, dice) => splice(text, dice.below(text.length + 1), 0, "\x00"),
  (text, dice) => splice(text, dice.below(text.length + 1), 0, dice.pick(BAD_UTF8)),
  (text, dice) => splice(text, dice.below(text.length + 1), 0, dice.pick(ESCAPES)),
  (text, dice) => {
    const at = dice.below(text.length + 1);
    return splice(text, at, 0, text.slice(at, at + dice.below(60)).repeat(1 + dice.below(30)));
  },
  (text, dice) => text.slice(0, dice.below(text.length + 1)),
  (text, dice) => text.slice(dice.below(text.length + 1)),
  (text, dice) => text.replaceAll("\r\n", dice.pick(["\n", "\r", "\r\n\r\n", "\n\r"])),
  (text, dice) => changeOne(text, /\r\n/g, dice, () => dice.pick(["\n", "\r", "", "\r\r\n", "\r\n\r\n"])),
  (text, dice) => dice.pick(["\r\n", "\r\n\r\n", "\x00", " ", "\r\n\r\n\r\n"]) + text,
  (text) => text + text,
];

const KINDS = [header, header, values, values, values, values, description, description, bytes];
const COUNTS = [1, 1, 1, 1, 1, 2, 2, 3, 4];

/** The message with one to four things wrong with it. Never longer than a datagram. */
export function mutateSip(message: Uint8Array, dice: Dice): Buffer {
  let text = Buffer.from(message.buffer, message.byteOffset, message.length).toString("latin1");
  for (let count = dice.pick(COUNTS); count > 0; count--) text = dice.pick(dice.pick(KINDS))(text, dice);
  return Buffer.from(text.slice(0, 65535), "latin1");
}
