// Types of validator.mjs, which generate.mjs makes from the JSON Schemas at build time.

import type { ConfigSchema, ValidationError } from "./schema.ts";

export interface Validate {
  /** Fills defaults into `data` as it goes. */
  (data: unknown): boolean;
  errors: readonly ValidationError[] | null;
}

export const validateConfig: Validate;
export const validateBoard: Validate;
export const validateHeader: Validate;
export const validateCard: Validate;
export const configSchema: ConfigSchema;
export const boardSchema: ConfigSchema;
export const headerSchema: ConfigSchema;
export const cardSchema: ConfigSchema;
