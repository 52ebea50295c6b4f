// Real-time priority for the threads that keep time: what the card and the pins need goes before all that can wait. By koffi, an
// optional package that only boards with hardware need. See sched(7).

/** Numbers of <sched.h>, held against it by a test. */
export const SCHED = { SCHED_FIFO: 1, SCHED_RESET_ON_FORK: 0x40000000 } as const;

/** After the kernel's own threads (50). An edge is work for microseconds, a frame for less than a millisecond. */
export const PRIORITY = { pins: 41, sound: 40 } as const;

/** For this thread alone, not for those that it starts. False when that is not permitted: it takes CAP_SYS_NICE. */
export async function makeUrgent(priority: number): Promise<boolean> {
  const { default: koffi } = await import("koffi");
  const setScheduler = koffi
    .load("libc.so.6")
    .func("int sched_setscheduler(int thread, int policy, const int *priority)");
  return setScheduler(0, SCHED.SCHED_FIFO | SCHED.SCHED_RESET_ON_FORK, [priority]) === 0;
}
