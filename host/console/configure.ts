// The configuration commands: a candidate is changed with `set` and `delete`, looked at with `show | compare`, and becomes the
// running configuration with `commit`.

import type { Box } from "../status.ts";
import { type Argument, type Candidate, type Command, CommandError, type Report, wholeNumber } from "./command.ts";

const COMMITS = wholeNumber("COMMITS", "how many commits ago", 1, 999);
const SETTING: Argument = {
  name: "SETTING",
  help: "a setting and its value",
  isRest: true,
  complete: (box, before) => settings(box, before, false),
};
const SET_SETTING: Argument = {
  name: "SETTING",
  help: "a setting, or a group of them",
  isRest: true,
  complete: (box, before) => settings(box, before, true),
};

export const CONFIGURE_COMMANDS: readonly Command[] = [
  {
    path: ["set", SETTING],
    help: "change a setting of the candidate",
    run: ({ box }, words) => order(() => box.config.set(words)),
  },
  {
    path: ["delete", SET_SETTING],
    help: "take a setting out of the candidate: its default holds",
    run: ({ box }, words) => order(() => box.config.delete(words)),
  },
  {
    path: ["show", "config"],
    help: "the running configuration",
    isShow: true,
    run: ({ box }) => ({ value: box.config.showTree(), text: box.config.show().trimEnd() }),
  },
  {
    path: ["show", "config", "candidate"],
    help: "the configuration that commit would make the running one",
    isShow: true,
    run: ({ box }) => ({
      value: box.config.showTree({ candidate: true }),
      text: box.config.show({ candidate: true }).trimEnd(),
    }),
  },
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
      if (!box.config.isChanged) return "nothing to commit";
      await order(() => box.config.commit());
      return "committed";
    },
  },
  {
    path: ["rollback"],
    help: "throw the candidate's changes away",
    run: async ({ box }) => {
      await order(() => box.config.discard());
      return "the candidate is the running configuration again";
    },
  },
  {
    path: ["rollback", COMMITS],
    help: "bring back an earlier configuration as the candidate",
    run: async ({ box }, [commits]) => {
      await order(() => box.config.rollback(Number(commits)));
      return box.config.isChanged
        ? "brought back as the candidate: see show | compare, then commit"
        : "the candidate is the running configuration again";
    },
  },
];

/** What the store refuses is the user's to mend, and its message says how. */
async function order(give: () => unknown): Promise<string> {
  try {
    await give();
    return "";
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function settings({ config }: Box, before: readonly string[], forDelete: boolean): Candidate[] {
  return config
    .complete([...before, ""], { forDelete })
    .map(({ token, description }) =>
      token === "" ? { word: "VALUE", help: description, isName: true } : { word: token, help: description },
    );
}

function compare({ config }: Box): Report {
  const value = config.compare();
  return { value, text: value.length === 0 ? "no changes" : value.join("\n") };
}
