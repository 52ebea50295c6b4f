// `setup`: leads through four questions from a box that knows nobody to phones that work. It begins by itself at the log-in to
// such a box. Every answer is checked at once; nothing is kept before the last one.

import { ConfigError } from "../config/problems.ts";
import type { Tree } from "../config/schema.ts";
import type { Box } from "../status.ts";
import { type Command, CommandError, type Session } from "./command.ts";
import { type Answers, nextQuestion, ordersOf, type SetupQuestion, type Subject } from "./setup-questions.ts";

export const SETUP = "setup";
const BACK = "<";
const SKIP = "skip";
const UNCHANGED = `Nothing was changed. ${SETUP} asks again.`;

/** Nobody has given the box an account. */
export const isFresh = (box: Box): boolean => box.ports.length > 0 && written(box).line === undefined;

export const SETUP_COMMAND: Command = {
  path: [SETUP],
  help: "four questions: country, server, accounts, save",
  run: setUp,
};

async function setUp(session: Session): Promise<string> {
  const { box } = session;
  if (box.config.isChanged)
    throw new CommandError("the candidate has changes of its own; commit them, or rollback, and then setup");
  if (box.ports.length === 0) throw new CommandError("this box has no phone port to set up");
  const subject: Subject = { ports: box.ports, written: written(box) };
  session.notice(`Four questions. Enter takes what is in [ ], ? explains, ${BACK} goes back, ${SKIP} ends.`);
  let answers: Answers = new Map();
  try {
    for (;;) {
      const question = nextQuestion(subject, answers);
      if (!question) break;
      if (question.name === "save") session.notice(box.config.compare().join("\n"));
      const typed = (await session.ask({ ...question, prompt: promptOf(question) }))?.trim();
      if (typed === undefined || typed === SKIP) return UNCHANGED;
      if (typed === "?") session.notice(question.help);
      else if (typed === BACK) answers = withoutLast(answers);
      else answers = await accepted(session, subject, answers, question, typed);
    }
    return answers.get("save") === "yes"
      ? "Saved. Lift a handset: dial tone. The server's answer: show registration"
      : UNCHANGED;
  } finally {
    box.config.discard();
  }
}

/** The answers with this one, if it is allowed; those before it, and a sentence, if not. */
async function accepted(
  session: Session,
  subject: Subject,
  answers: Answers,
  question: SetupQuestion,
  typed: string,
): Promise<Answers> {
  const { config } = session.box;
  try {
    if (typed === "" && question.fallback === undefined) throw new CommandError("an answer is needed here");
    const answer = typed === "" ? question.fallback! : question.read(typed);
    const next = new Map([...answers, [question.name, answer]]);
    apply(session.box, subject, next);
    if (next.get("save") === "yes") await config.commit();
    return next;
  } catch (error) {
    session.notice(`error: ${sentence(error)}`);
    return answers;
  }
}

/** The candidate becomes the running configuration with what the answers make of it. */
function apply({ config }: Box, subject: Subject, answers: Answers): void {
  config.discard();
  for (const { verb, words } of ordersOf(subject, answers)) config[verb](words);
}

const promptOf = ({ text, fallback, fallbackText = fallback }: SetupQuestion): string =>
  `${text}${fallbackText === undefined ? "" : ` [${fallbackText}]`}: `;

const withoutLast = (answers: Answers): Answers => new Map([...answers].slice(0, -1));

const written = (box: Box): Tree => box.config.showTree() as Tree;

/** What the schema says of the key, without the key: the question stands just above. */
function sentence(error: unknown): string {
  if (error instanceof ConfigError && error.problems.length > 0)
    return error.problems.map(({ text }) => text).join("; ");
  return error instanceof Error ? error.message : String(error);
}
