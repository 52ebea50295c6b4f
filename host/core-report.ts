// A record that a core fills on demand, such as a LineReport: read by byte offsets, which are part of the ABI. core.ts makes the views.

/** Fields of a report, by their byte offsets. A text field is an address and a length, 8 bytes. */
export class CoreReport {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #at: number;

  constructor(view: DataView, bytes: Uint8Array, at: number) {
    this.#view = view;
    this.#bytes = bytes;
    this.#at = at;
  }

  i32(offset: number): number {
    return this.#view.getInt32(this.#at + offset, true);
  }

  f64(offset: number): number {
    return this.#view.getFloat64(this.#at + offset, true);
  }

  bytes(offset: number, length: number): Uint8Array {
    return this.#bytes.subarray(this.#at + offset, this.#at + offset + length);
  }

  text(offset: number): string {
    const at = this.#view.getUint32(this.#at + offset, true);
    const length = this.#view.getInt32(this.#at + offset + 4, true);
    return Buffer.from(this.#bytes.subarray(at, at + length)).toString("utf8");
  }
}
