// Passwords that the box makes itself.

import { randomBytes } from "node:crypto";

/** 16 letters and digits: 95 bits. A password is made, never shipped. */
export const newPassword = (): string =>
  randomBytes(12).toString("base64url").replaceAll("-", "a").replaceAll("_", "b");
