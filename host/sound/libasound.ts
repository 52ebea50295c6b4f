// The calls of ALSA's library that a telephone's sound needs, by koffi, an optional package that only boards with hardware need.
// Sound is handed over as it lies in memory. See alsa-lib, "PCM (digital audio) interface"; numbers are those of <alsa/asoundlib.h>.

import { getSystemErrorName } from "node:util";

/** A PCM handle: its address, the same for all threads. */
export type Pcm = bigint;

/** Numbers of <alsa/asoundlib.h>, held against it by a test. */
export const ALSA = {
  SND_PCM_STREAM_PLAYBACK: 0,
  SND_PCM_STREAM_CAPTURE: 1,
  SND_PCM_FORMAT_S16_LE: 2,
  SND_PCM_ACCESS_RW_INTERLEAVED: 3,
} as const;

/** Larger than any buffer: a stream starts when it is told to. */
const NEVER_BY_ITSELF = 0x7fffffff;

/** A call failed: `code` is the system's name of the error. */
export class AlsaError extends Error {
  readonly code: string;

  constructor(call: string, error: number) {
    const code = getSystemErrorName(error);
    super(`${call}: ${code}`);
    this.code = code;
  }
}

export interface PcmFormat {
  rate: number;
  /** At least so many channels; the fewest that the device has are taken. */
  channels: number;
  /** In samples of one channel. */
  period: number;
  buffer: number;
  /** Sound or room that wakes a waiting thread. */
  wakeAt: number;
}

/** What the device agreed to. */
export type PcmSettings = Omit<PcmFormat, "wakeAt">;

export interface Asound {
  /** Throws an AlsaError, as all of these do that return nothing. */
  open(device: string, stream: number): Pcm;
  configure(pcm: Pcm, format: PcmFormat): PcmSettings;
  /** False when these two can't be started by one call. */
  link(one: Pcm, other: Pcm): boolean;
  prepare(pcm: Pcm): void;
  start(pcm: Pcm): void;
  /** These two end what there is; a card that is gone has nothing to end. */
  drop(pcm: Pcm): void;
  close(pcm: Pcm): void;
  // These are called for every frame: they allocate nothing, and return a negative number of the system's errors.
  /** 1 when there is enough sound or room, 0 after `timeout` ms. */
  wait(pcm: Pcm, timeout: number): number;
  read(pcm: Pcm, samples: Int16Array, count: number): number;
  write(pcm: Pcm, samples: Int16Array, count: number): number;
  /** Samples that can be read, or room for them to be written. */
  available(pcm: Pcm): number;
}

/** Throws when koffi or ALSA's library is not installed. */
export async function loadAsound(): Promise<Asound> {
  const koffi = await loadKoffi();
  const library = koffi.load("libasound.so.2");
  const call = (definition: string) => library.func(definition);
  // What it has to say would be written into the console; the errors that calls return say enough.
  const quiet = koffi.proto("void (const char *file, int line, const char *call, int error, const char *format)");
  const setErrorHandler = call("int snd_lib_error_set_handler(void *handler)");
  setErrorHandler(koffi.register(() => {}, koffi.pointer(quiet)));
  const open = call("int snd_pcm_open(_Out_ void **pcm, const char *name, int stream, int mode)");
  const link = call("int snd_pcm_link(void *one, void *other)");
  const prepare = call("int snd_pcm_prepare(void *pcm)");
  const start = call("int snd_pcm_start(void *pcm)");
  const configureHardware = hardwareSettings(call);
  const configureSoftware = softwareSettings(call);
  return {
    open(device, stream) {
      const handle: unknown[] = [null];
      check(`opening ${device}`, open(handle, device, stream, 0));
      return handle[0] as Pcm;
    },
    configure(pcm, format) {
      const settings = configureHardware(pcm, format);
      configureSoftware(pcm, format.wakeAt);
      return settings;
    },
    link: (one, other) => link(one, other) === 0,
    prepare: (pcm) => check("snd_pcm_prepare", prepare(pcm)),
    start: (pcm) => check("snd_pcm_start", start(pcm)),
    drop: call("int snd_pcm_drop(void *pcm)"),
    close: call("int snd_pcm_close(void *pcm)"),
    wait: call("int snd_pcm_wait(void *pcm, int timeout)"),
    read: call("long snd_pcm_readi(void *pcm, void *samples, unsigned long count)"),
    write: call("long snd_pcm_writei(void *pcm, void *samples, unsigned long count)"),
    available: call("long snd_pcm_avail(void *pcm)"),
  };
}

async function loadKoffi() {
  const { default: koffi } = await import("koffi").catch((error: Error) => {
    throw new Error(`sound cards need the optional package koffi, which is not installed here: ${error.message}`);
  });
  return koffi;
}

function check(what: string, result: number): void {
  if (result < 0) throw new AlsaError(what, result);
}

type Call = (definition: string) => (...values: unknown[]) => number;

function hardwareSettings(call: Call): (pcm: Pcm, format: PcmFormat) => PcmSettings {
  const allocate = call("int snd_pcm_hw_params_malloc(_Out_ void **settings)");
  const free = call("void snd_pcm_hw_params_free(void *settings)");
  const any = call("int snd_pcm_hw_params_any(void *pcm, void *settings)");
  const setAccess = call("int snd_pcm_hw_params_set_access(void *pcm, void *settings, int access)");
  const setFormat = call("int snd_pcm_hw_params_set_format(void *pcm, void *settings, int format)");
  const setChannels = call("int snd_pcm_hw_params_set_channels(void *pcm, void *settings, unsigned int channels)");
  const testChannels = call("int snd_pcm_hw_params_test_channels(void *pcm, void *settings, unsigned int channels)");
  const setRate = call("int snd_pcm_hw_params_set_rate(void *pcm, void *settings, unsigned int rate, int direction)");
  const setPeriod = call(
    "int snd_pcm_hw_params_set_period_size_near(void *pcm, void *settings, _Inout_ unsigned long *samples, _Inout_ int *direction)",
  );
  const setBuffer = call(
    "int snd_pcm_hw_params_set_buffer_size_near(void *pcm, void *settings, _Inout_ unsigned long *samples)",
  );
  const set = call("int snd_pcm_hw_params(void *pcm, void *settings)");
  const MOST_CHANNELS = 8;

  return (pcm, { rate, channels, period, buffer }) => {
    const handle: unknown[] = [null];
    check("snd_pcm_hw_params_malloc", allocate(handle));
    const settings = handle[0];
    try {
      check("what the device can do", any(pcm, settings));
      check("interleaved samples", setAccess(pcm, settings, ALSA.SND_PCM_ACCESS_RW_INTERLEAVED));
      check("samples of 16 bits", setFormat(pcm, settings, ALSA.SND_PCM_FORMAT_S16_LE));
      let count = channels;
      while (count < MOST_CHANNELS && testChannels(pcm, settings, count) < 0) count++;
      check(`${channels} or more channels`, setChannels(pcm, settings, count));
      check(`${rate} Hz`, setRate(pcm, settings, rate, 0));
      const [periods, direction, buffers] = [[period], [0], [buffer]];
      check(`periods of ${period} samples`, setPeriod(pcm, settings, periods, direction));
      check(`a buffer of ${buffer} samples`, setBuffer(pcm, settings, buffers));
      check("these settings together", set(pcm, settings));
      return { rate, channels: count, period: Number(periods[0]), buffer: Number(buffers[0]) };
    } finally {
      free(settings);
    }
  };
}

function softwareSettings(call: Call): (pcm: Pcm, wakeAt: number) => void {
  const allocate = call("int snd_pcm_sw_params_malloc(_Out_ void **settings)");
  const free = call("void snd_pcm_sw_params_free(void *settings)");
  const current = call("int snd_pcm_sw_params_current(void *pcm, void *settings)");
  const setStart = call("int snd_pcm_sw_params_set_start_threshold(void *pcm, void *settings, unsigned long samples)");
  const setWake = call("int snd_pcm_sw_params_set_avail_min(void *pcm, void *settings, unsigned long samples)");
  const set = call("int snd_pcm_sw_params(void *pcm, void *settings)");

  return (pcm, wakeAt) => {
    const handle: unknown[] = [null];
    check("snd_pcm_sw_params_malloc", allocate(handle));
    const settings = handle[0];
    try {
      check("snd_pcm_sw_params_current", current(pcm, settings));
      check("no start by itself", setStart(pcm, settings, NEVER_BY_ITSELF));
      check(`waking at ${wakeAt} samples`, setWake(pcm, settings, wakeAt));
      check("these thresholds together", set(pcm, settings));
    } finally {
      free(settings);
    }
  };
}
