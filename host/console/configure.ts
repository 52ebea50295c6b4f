// The configuration commands: a candidate is changed with `set` and `delete`, looked at with `show | compare`, and becomes the
// running configuration with `commit`.

import type { Box, ConfigAccess } from "../status.ts";
import { type Argument, type Command, CommandError, type Report, wholeNumber } from "./command.ts";
import { quoteWord } from "./words.ts";

const COMMITS = wholeNumber("COMMITS", "how many commits ago", 1, 999);
const SECRET = /password|secret/i;

const SETTING: Argument = {
  name: "KEY... VALUE",
  help: "a setting and what it becomes",
  isRest: true,
  complete: ({ config }, before) => {
    try {
      return config.complete(expand(config, before));
    } catch {
      return []; // nothing can follow a key that does not exist; `set` says so
    }
  },
};
const KEY: Argument = { ...SETTING, name: "KEY", help: "a setting, or a group of them" };

export const CONFIGURE_COMMANDS: readonly Command[] = [
  {
    path: ["set", SETTING],
    help: "change a setting of the candidate",
    run: ({ box }, values) => {
      if (values.length < 2) throw new CommandError(`"set ${values[0]}" wants a value: set KEY... VALUE`);
      change(() => box.config.set(expand(box.config, values.slice(0, -1)), values.at(-1)!));
      return "";
    },
  },
  {
    path: ["delete", KEY],
    help: "take a setting out of the candidate: its default holds",
    run: ({ box }, values) => {
      change(() => box.config.delete(expand(box.config, values)));
      return "";
    },
  },
  { path: ["show", "config"], help: "the running configuration", isShow: true, run: ({ box }) => running(box) },
  { path: ["show", "|", "compare"], help: "what commit would change", isShow: true, run: ({ box }) => compare(box) },
  {
    path: ["show", "config", "|", "compare"],
    help: "what commit would change",
    isShow: true,
    run: ({ box }) => compare(box),
  },
  {
    path: ["commit"],
    help: "make the candidate the running configuration",
    run: async ({ box }) => {
      const changes = box.config.compare().length;
      if (changes === 0) return "nothing to commit";
      await changing(() => box.config.commit());
      return "committed";
    },
  },
  {
    path: ["rollback"],
    help: "throw the candidate's changes away",
    run: ({ box }) => {
      change(() => box.config.discard());
      return "the candidate is the running configuration again";
    },
  },
  {
    path: ["rollback", COMMITS],
    help: "bring back an earlier configuration as the candidate",
    run: async ({ box }, [commits]) => {
      await changing(() => box.config.rollback(Number(commits)));
      return "see show | compare, then commit";
    },
  },
];

/** Writes abbreviated keys out in full. What is not known stays as it is, for the store to refuse by name. */
function expand(config: ConfigAccess, path: readonly string[]): string[] {
  const full: string[] = [];
  for (const key of path) {
    const known = config.complete(full).map(({ word }) => word);
    const begun = known.filter((word) => word.startsWith(key));
    full.push(!known.includes(key) && begun.length === 1 ? begun[0]! : key);
  }
  return full;
}

function change(order: () => void): void {
  try {
    order();
  } catch (error) {
    throw refusal(error);
  }
}

async function changing(order: () => unknown): Promise<void> {
  try {
    await order();
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): CommandError {
  return new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
}

function running(box: Box): Report {
  const value = withoutSecrets(box.config.running());
  const lines: string[] = [];
  flatten(value, [], lines);
  return { value, text: lines.length === 0 ? "the configuration is empty" : lines.join("\n") };
}

function compare(box: Box): Report {
  const value = box.config.compare().map((line) => (SECRET.test(line) ? hide(line) : line));
  return { value, text: value.length === 0 ? "no changes" : value.join("\n") };
}

/** Settings as the `set` commands that would make them; a secret is only mentioned. */
function flatten(value: unknown, path: readonly string[], lines: string[]): void {
  const isList = Array.isArray(value) && value.every((item) => typeof item !== "object");
  if (typeof value === "object" && value !== null && !isList) {
    for (const [key, item] of Object.entries(value)) {
      flatten(item, [...path, Array.isArray(value) ? String(Number(key) + 1) : key], lines);
    }
    return;
  }
  const words = path.map(quoteWord).join(" ");
  if (value === HIDDEN) lines.push(`# set ${words} (not shown)`);
  else if (value !== undefined && value !== null) {
    lines.push(`set ${words} ${quoteWord(isList ? value.join(",") : String(value))}`);
  }
}

const HIDDEN = "********";

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      SECRET.test(key) && typeof item === "string" && item !== "" ? HIDDEN : withoutSecrets(item),
    ]),
  );
}

/** Keeps the key of a comparison's line and hides what follows it. */
function hide(line: string): string {
  const key = SECRET.exec(line)!;
  const end = line.slice(key.index).search(/[\s=]/);
  return end < 0 ? line : `${line.slice(0, key.index + end)} ${HIDDEN}`;
}
