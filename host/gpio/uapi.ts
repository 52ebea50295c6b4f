// The kernel's GPIO character device, interface version 2, as bytes. Read linux/gpio.h and Documentation/userspace-api/gpio first.
// Sizes and offsets are held against the header itself by test/host/gpio-uapi.test.ts.

/** Sizes of the structures and offsets of their fields, named as in the header. */
export const ChipInfo = { size: 68, name: 0, label: 32, lines: 64 } as const;
export const LineInfo = { size: 256, name: 0, consumer: 32, offset: 64, num_attrs: 68, flags: 72 } as const;
export const LineAttribute = { size: 16, id: 0, flags: 8, values: 8, debounce_period_us: 8 } as const;
export const LineConfigAttribute = { size: 24, attr: 0, mask: 16 } as const;
export const LineConfig = { size: 272, flags: 0, num_attrs: 8, attrs: 32 } as const;
export const LineRequest = {
  size: 592,
  offsets: 0,
  consumer: 256,
  config: 288,
  num_lines: 560,
  event_buffer_size: 564,
  fd: 588,
} as const;
export const LineValues = { size: 16, bits: 0, mask: 8 } as const;
export const LineEvent = { size: 48, timestamp_ns: 0, id: 8, offset: 12, seqno: 16, line_seqno: 20 } as const;

export const Ioctl = {
  GET_CHIPINFO: 0x8044b401,
  GET_LINEINFO: 0xc100b405,
  GET_LINE: 0xc250b407,
  LINE_GET_VALUES: 0xc010b40e,
  LINE_SET_VALUES: 0xc010b40f,
} as const;

export const LineFlag = {
  USED: 1,
  INPUT: 4,
  OUTPUT: 8,
  EDGE_RISING: 16,
  EDGE_FALLING: 32,
  OPEN_DRAIN: 64,
  BIAS_PULL_UP: 256,
  BIAS_PULL_DOWN: 512,
} as const;
const OUTPUT_VALUES = 2;
export const RISING_EDGE = 1;

const NAME_SIZE = 32;
/** What the kernel keeps of a line's edges until they are read. The oldest go first. */
export const EVENT_BUFFER = 512;

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function nameAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return Buffer.from(bytes.subarray(offset, Math.min(end < 0 ? bytes.length : end, offset + NAME_SIZE))).toString();
}

export interface Chip {
  /** `gpiochip0` */
  name: string;
  /** `pinctrl-bcm2835` */
  label: string;
  lines: number;
}

export function parseChipInfo(bytes: Uint8Array): Chip {
  return {
    name: nameAt(bytes, ChipInfo.name),
    label: nameAt(bytes, ChipInfo.label),
    lines: view(bytes).getUint32(ChipInfo.lines, true),
  };
}

/** Asks for the info of the line with that number. */
export function writeLineInfo(line: number): Uint8Array {
  const bytes = new Uint8Array(LineInfo.size);
  view(bytes).setUint32(LineInfo.offset, line, true);
  return bytes;
}

export function parseLineInfo(bytes: Uint8Array): { consumer: string; isUsed: boolean } {
  const isUsed = (view(bytes).getUint32(LineInfo.flags, true) & LineFlag.USED) !== 0;
  return { consumer: nameAt(bytes, LineInfo.consumer), isUsed };
}

/** Asks for lines. Outputs begin with the bits of `levels`, the first line's lowest. The answer's fd is at LineRequest.fd. */
export function writeLineRequest(lines: readonly number[], consumer: string, flags: number, levels = 0): Uint8Array {
  const bytes = new Uint8Array(LineRequest.size);
  const data = view(bytes);
  for (const [index, line] of lines.entries()) data.setUint32(LineRequest.offsets + index * 4, line, true);
  bytes.set(Buffer.from(consumer).subarray(0, NAME_SIZE - 1), LineRequest.consumer);
  data.setUint32(LineRequest.num_lines, lines.length, true);
  data.setUint32(LineRequest.config + LineConfig.flags, flags, true);
  if (flags & LineFlag.OUTPUT) {
    const first = LineRequest.config + LineConfig.attrs;
    data.setUint32(LineRequest.config + LineConfig.num_attrs, 1, true);
    data.setUint32(first + LineConfigAttribute.attr + LineAttribute.id, OUTPUT_VALUES, true);
    data.setUint32(first + LineConfigAttribute.attr + LineAttribute.values, levels, true);
    data.setUint32(first + LineConfigAttribute.mask, 2 ** lines.length - 1, true);
  } else data.setUint32(LineRequest.event_buffer_size, EVENT_BUFFER, true);
  return bytes;
}

/** Milliseconds of the kernel's monotonic clock. */
export function eventTime(data: DataView, offset: number): number {
  const high = data.getUint32(offset + LineEvent.timestamp_ns + 4, true);
  return (high * 2 ** 32 + data.getUint32(offset + LineEvent.timestamp_ns, true)) / 1e6;
}
