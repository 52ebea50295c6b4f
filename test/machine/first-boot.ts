// The four questions of a new box, answered on its serial port as somebody with a cable would.

import { HOST, type Machine, PATIENCE } from "./machine.ts";

export interface Account {
  user: string;
  password: string;
  display: string;
  /** Of the server, on this computer. */
  port: number;
}

/** From the first question to the prompt. Of a board's telephones only the first is used. */
export async function answerQuestions({ console }: Machine, account: Account, telephones = 1): Promise<void> {
  const { user, password, display, port } = account;
  const dialogue: readonly (readonly [question: string, answer: string])[] = [
    ["Server: own", "other"],
    ["Its address", `${HOST}:${port}`],
    ["Phone 1, user", user],
    ["password of", password],
    ["called phones show", display],
    ...Array.from({ length: telephones - 1 }, (_, index) => [`Phone ${index + 2}, user`, "none"] as const),
    ["4/4 Save", "yes"],
  ];
  console.type("united states\r");
  for (const [question, answer] of dialogue) {
    await console.sees(question, PATIENCE);
    if (question === "4/4 Save") await console.sees("]: ", PATIENCE);
    console.type(`${answer}\r`);
  }
  await console.sees("Saved. Lift a handset", PATIENCE);
  await console.sees("tipring> ", PATIENCE);
}
