// Pools that are full at a moment of a test's choosing: the debug builds of both modules, in which each place that takes something from
// a pool first asks whether it is to find it full.

import type { Core } from "../../host/core.ts";
import { type Patch, patchedModule } from "./patched-module.ts";
import type { Modules } from "./site.ts";

/** What is taken, by its number in the patched modules. */
export const Take = { Transaction: 0, Buffer: 1, Session: 2, Action: 3, Forwarding: 4, Binding: 5 } as const;
export type TakeName = keyof typeof Take;

const KINDS = 8;
const FAULTS = `
// @ts-ignore: decorator
@global const takes: usize = memory.data(${KINDS} * 12, 16);
// @ts-ignore: decorator
@global export function isFull(kind: i32): bool {
  const at = takes + <usize>(kind * 12);
  const number = load<i32>(at) + 1;
  store<i32>(at, number);
  return number >= load<i32>(at, 4) && number < load<i32>(at, 8);
}
/** Where the number of takes stands. */
export function takesOf(kind: i32): i32 { return <i32>(takes + <usize>(kind * 12)); }
/** Takes are counted from here on. Those from number \`first\` on fail, until number \`end\`: order is kind, first, count of them. */
export function failTakes(order: i32): i32 {
  const at = takes + <usize>((order & 7) * 12);
  const first = (order >> 3) & 0x3fff;
  const count = (order >> 17) & 0x3fff;
  store<i32>(at, 0);
  store<i32>(at, first, 4);
  store<i32>(at, first + count, 8);
  return 0;
}
`;

const shared: readonly Patch[] = [
  { file: "abi/counters.ts", from: "export function resetCounters", to: `${FAULTS}\nexport function resetCounters` },
  {
    file: "abi/action.ts",
    from: "writeAt - readAt >= <u32>MAX_ACTIONS",
    to: `writeAt - readAt >= <u32>MAX_ACTIONS || isFull(${Take.Action})`,
  },
  {
    file: "base/buffers.ts",
    from: "const buffer = take(length);",
    to: `if (isFull(${Take.Buffer})) return 0;\n  const buffer = take(length);`,
  },
  {
    file: "sip/transaction/table.ts",
    from: "changetype<Transaction>(pool.take())",
    to: `changetype<Transaction>(isFull(${Take.Transaction}) ? 0 : pool.take())`,
  },
];
const exports = (file: string): Patch => ({
  file,
  from: "\n// Inspection\n",
  to: '\nexport { failTakes, takesOf } from "./abi/counters";\n',
});

export const failingModules = async (): Promise<Modules> => ({
  adapter: await patchedModule("adapter", [
    ...shared,
    exports("adapter.ts"),
    {
      file: "sip/session.ts",
      from: "changetype<Session>(pool.take())",
      to: `changetype<Session>(isFull(${Take.Session}) ? 0 : pool.take())`,
    },
  ]),
  server: await patchedModule("server", [
    ...shared,
    exports("server.ts"),
    {
      file: "server/forwarding.ts",
      from: "changetype<Forwarding>(pool.take())",
      to: `changetype<Forwarding>(isFull(${Take.Forwarding}) ? 0 : pool.take())`,
    },
    {
      file: "server/registrar.ts",
      from: "added > MAX_BINDINGS - bindingsUsed()",
      to: `added > (isFull(${Take.Binding}) ? 0 : MAX_BINDINGS - bindingsUsed())`,
    },
  ]),
});

/** The `first` take from now on and `count - 1` after it find the pool full. None does with a count of 0. */
export function failTakes(core: Core, kind: TakeName, first: number, count: number): void {
  // reports are the exports of one argument
  core.report("failTakes", Take[kind] | (first << 3) | (count << 17));
}

/** Takes since the last failTakes(). */
export const takesOf = (core: Core, kind: TakeName): number => core.report("takesOf", Take[kind])?.i32(0) ?? 0;
