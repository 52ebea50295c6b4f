// From a typed line to a command of the table: abbreviations, completion, `?`, errors that name the word and what is allowed.

import type { Box } from "../status.ts";
import {
  type Argument,
  type Candidate,
  type Command,
  CommandError,
  isArgument,
  type Report,
  type Session,
  showPath,
} from "./command.ts";
import { TABLE_COLUMNS } from "./table.ts";
import { quoteWord, splitWords, type Word } from "./words.ts";

const INCLUDE_TEXT: Argument = { name: "TEXT", help: "what a line must contain to be shown" };
const ENTER = "<Enter>";
const PIPE = "|";

/** How far a line was understood. */
interface Match {
  /** Commands that begin like this. */
  commands: readonly Command[];
  /** The words, keywords written out. */
  words: string[];
  values: string[];
}

export class Interpreter {
  readonly #table: readonly Command[];
  /** The table, with the filters that every `show` takes. */
  readonly #commands: readonly Command[];
  readonly #topics: Readonly<Record<string, string>>;

  /** `topics` explains the keywords that only lead on: `show`, `monitor`. */
  constructor(commands: readonly Command[], topics: Readonly<Record<string, string>>) {
    this.#table = commands;
    this.#commands = commands.flatMap((command) => (command.isShow ? [command, ...filtered(command)] : [command]));
    this.#topics = topics;
  }

  /** Runs one line. Throws CommandError for what the user got wrong. An empty line and a # comment do nothing. */
  async execute(session: Session, line: string): Promise<string> {
    if (/^\s*(#|$)/.test(line)) return "";
    const { words, isOpen } = splitWords(line);
    if (isOpen) throw new CommandError('a quotation mark is missing: " must come in pairs, \\" is one inside a text');
    const match = this.#match(session.box, words);
    const command = match.commands.find((candidate) => isComplete(candidate, words.length));
    if (!command) throw new CommandError(this.#incomplete(session.box, match));
    const answer = await command.run(session, match.values);
    return typeof answer === "string" ? answer : answer.text;
  }

  /** What Tab may put in place of the last word: whole words, and the part that they replace. */
  complete(box: Box, line: string): [string[], string] {
    const { words, isPartial, isOpen } = splitWords(line);
    if (isOpen) return [[], ""];
    const partial = isPartial ? words.pop()! : undefined;
    if (partial?.isQuoted) return [[], ""];
    const start = partial?.text ?? "";
    const found = this.#next(box, words).filter(({ word }) => word !== ENTER && word.startsWith(start));
    const completions = found
      .filter(({ isName }) => !isName)
      .map(({ word }) => (word === PIPE ? word : quoteWord(word)));
    return [completions.length === 1 ? [`${completions[0]} `] : completions, start];
  }

  /** The answer to `?` typed after `line`. */
  help(box: Box, line: string): string {
    const { words, isPartial } = splitWords(line);
    const partial = isPartial ? words.pop()! : undefined;
    let found: readonly Candidate[];
    try {
      found = this.#next(box, words, true);
    } catch (error) {
      if (error instanceof CommandError) return error.message;
      throw error;
    }
    if (partial) {
      const begun = found.filter(({ word, isName }) => isName || word.startsWith(partial.text)).filter(isNotEnter);
      if (begun.length === 0) return `nothing here begins with "${partial.text}"; allowed: ${list(found)}`;
      found = begun;
    }
    return drawCandidates(found);
  }

  /** Every command, for `help`. */
  overview(): string {
    return drawCandidates(this.#table.map((command) => ({ word: showPath(command.path), help: command.help })));
  }

  #match(box: Box, words: readonly Word[]): Match {
    const match: Match = { commands: this.#commands, words: [], values: [] };
    words.forEach((word, index) => {
      match.commands = this.#step(box, match, word, index);
    });
    return match;
  }

  /** The commands that are left after one more word, which is added to the match. */
  #step(box: Box, match: Match, word: Word, index: number): readonly Command[] {
    const { commands } = match;
    const keywords = word.isQuoted
      ? []
      : keywordsAt(commands, index).filter((keyword) => keyword.startsWith(word.text));
    const keyword = keywords.length === 1 ? keywords[0] : keywords.find((candidate) => candidate === word.text);
    if (keyword !== undefined) {
      match.words.push(keyword);
      return commands.filter((command) => command.path[index] === keyword);
    }
    const takers = word.text === PIPE && !word.isQuoted ? [] : commands.filter((command) => stepAt(command, index));
    if (keywords.length > 1 && takers.length === 0) {
      throw new CommandError(`"${word.text}" is ambiguous: ${keywords.join(", ")}`);
    }
    if (takers.length === 0) throw new CommandError(this.#unknown(box, match, word));
    const problem = stepAt(takers[0]!, index)!.check?.(word.text, box);
    if (problem !== undefined) throw new CommandError(problem);
    match.words.push(word.text);
    match.values.push(word.text);
    return takers;
  }

  /** What may follow these words; throws where they are wrong. */
  #next(box: Box, words: readonly Word[], throwing = false): readonly Candidate[] {
    try {
      return this.#after(box, this.#match(box, words));
    } catch (error) {
      if (throwing || !(error instanceof CommandError)) throw error;
      return [];
    }
  }

  #after(box: Box, match: Match): readonly Candidate[] {
    const index = match.words.length;
    const next: Candidate[] = [];
    const argument = match.commands.map((command) => stepAt(command, index)).find((step) => step !== undefined);
    if (argument) {
      const before = argument.isRest ? match.values : [];
      const allowed = argument.complete?.(box, before) ?? [];
      next.push(...(allowed.length > 0 ? allowed : [{ word: argument.name, help: argument.help, isName: true }]));
    }
    for (const keyword of keywordsAt(match.commands, index)) {
      next.push({ word: keyword, help: this.#helpOf(match, keyword, index) });
    }
    const done = match.commands.find((command) => isComplete(command, index));
    if (done && index > 0) next.push({ word: ENTER, help: done.help });
    return next;
  }

  #helpOf(match: Match, keyword: string, index: number): string {
    const commands = match.commands.filter((command) => command.path[index] === keyword);
    const topic =
      this.#topics[[...match.words, keyword].join(" ")] ?? (keyword === PIPE ? this.#topics[PIPE] : undefined);
    return topic ?? (commands.find((command) => command.path.length === index + 1) ?? commands[0]!).help;
  }

  #unknown(box: Box, match: Match, word: Word): string {
    const next = this.#after(box, match).filter(isNotEnter);
    const after = match.words.length > 0 ? ` after "${match.words.join(" ")}"` : "";
    if (next.length === 0) return `"${word.text}" is one word too many${after}`;
    return `unknown word "${word.text}"${after}; allowed: ${list(next)}`;
  }

  #incomplete(box: Box, match: Match): string {
    return `"${match.words.join(" ")}" wants one word more; allowed: ${list(this.#after(box, match))}`;
  }
}

function isNotEnter({ word }: Candidate): boolean {
  return word !== ENTER;
}

function list(next: readonly Candidate[]): string {
  return next
    .filter(isNotEnter)
    .map(({ word }) => word)
    .join(", ");
}

function keywordsAt(commands: readonly Command[], index: number): string[] {
  const keywords = new Set<string>();
  for (const { path } of commands) {
    const step = path[index];
    if (typeof step === "string") keywords.add(step);
  }
  return [...keywords];
}

/** The argument that takes the word at `index`, a rest argument taking all to the end. */
function stepAt({ path }: Command, index: number): Argument | undefined {
  const step = path[Math.min(index, path.length - 1)];
  return isArgument(step) && (index < path.length || step.isRest) ? step : undefined;
}

function isComplete({ path }: Command, words: number): boolean {
  const last = path.at(-1);
  return words === path.length || (words > path.length && isArgument(last) && last.isRest === true);
}

function filtered(command: Command): Command[] {
  const report = async (session: Session, values: readonly string[]): Promise<Report> => {
    const answer = await command.run(session, values);
    return typeof answer === "string" ? { value: answer, text: answer } : answer;
  };
  return [
    {
      path: [...command.path, PIPE, "json"],
      help: "as JSON",
      run: async (session, values) => JSON.stringify((await report(session, values)).value, null, 2),
    },
    {
      path: [...command.path, PIPE, "include", INCLUDE_TEXT],
      help: "only the lines that contain TEXT",
      run: async (session, values) => {
        const wanted = values.at(-1)!.toLowerCase();
        const { text } = await report(session, values.slice(0, -1));
        const lines = text.split("\n");
        return lines.filter((line) => line.toLowerCase().includes(wanted)).join("\n");
      },
    },
  ];
}

const HELP_COLUMN_MAX = 30;

function drawCandidates(candidates: readonly Candidate[]): string {
  const width = Math.min(HELP_COLUMN_MAX, Math.max(...candidates.map(({ word }) => word.length)));
  return candidates.map(({ word, help }) => hang(`  ${word.padEnd(width)}  `, help)).join("\n");
}

/** Text behind its head, broken between words, later lines indented as far. */
function hang(head: string, text: string): string {
  const lines = [head];
  const indent = " ".repeat(Math.min(head.length, HELP_COLUMN_MAX + 4));
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    const isStart = line === head || line === indent;
    if (!isStart && line.length + 1 + word.length > TABLE_COLUMNS) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = isStart ? `${line}${word}` : `${line} ${word}`;
  }
  return lines.map((line) => line.trimEnd()).join("\n");
}
