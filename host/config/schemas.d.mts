// Types of schemas.mjs, which generate.mjs makes from the JSON Schemas at build time.

import type { ConfigSchema } from "./schema.ts";

export const configSchema: ConfigSchema;
export const boardSchema: ConfigSchema;
export const headerSchema: ConfigSchema;
export const cardSchema: ConfigSchema;
