// A failed assertion is our bug. Remember where, trap, and let the host's supervisor start a fresh core.

export let panicLine: u32 = 0;

export function abort(_message: string | null, _file: string | null, line: u32, _column: u32): void {
  panicLine = line;
  unreachable();
}
