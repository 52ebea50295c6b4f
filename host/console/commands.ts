// The one command table: the serial port, the terminal, the web page and scripts all run these.

import type { Command } from "./command.ts";
import { CONFIGURE_COMMANDS } from "./configure.ts";
import { Interpreter } from "./interpreter.ts";
import { LINE_TEST_COMMANDS } from "./line-tests.ts";
import { OPERATE_COMMANDS } from "./operate.ts";
import { SETUP_COMMAND } from "./setup.ts";
import { SHOW_COMMANDS } from "./show.ts";
import { PHONE_COMMAND, SHOW_PHONE_COMMANDS } from "./show-phone.ts";
import { SOUND_COMMANDS } from "./sound.ts";
import { UPDATE_COMMANDS } from "./update.ts";

const TOPICS = {
  show: "what the box knows",
  monitor: "what happens, as it happens",
  test: "try a phone line, or the sound",
  "test line": "try a phone line",
  phone: "use a simulated telephone",
  update: "a new system, and the way back",
  "monitor sip": "SIP messages as a ladder",
  "monitor log": "log lines as they come",
  "|": "filter what is shown",
};

const COMMANDS: readonly Command[] = [
  ...SHOW_COMMANDS,
  ...SHOW_PHONE_COMMANDS,
  ...CONFIGURE_COMMANDS,
  SETUP_COMMAND,
  ...OPERATE_COMMANDS,
  ...LINE_TEST_COMMANDS,
  ...SOUND_COMMANDS,
  PHONE_COMMAND,
  ...UPDATE_COMMANDS,
  { path: ["help"], help: "all commands", run: () => interpreter.overview() },
  {
    path: ["exit"],
    help: "log out",
    run: (session) => {
      session.leave();
      return "";
    },
  },
];

export const interpreter = new Interpreter(COMMANDS, TOPICS);
