// What networks do to a stream of packets, from seeds. A packet is its number and the time, in ms, at which it arrives; packet n is sent at
// n * PACKET_MS by the sender's clock.

export const PACKET_MS = 20;
const TRANSIT = 20;

function dice(seed) {
  let state = (seed * 2654435761 + 1) >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** Loss in bursts of 3 packets on average, by Gilbert's model with two states. */
function burstLoss(share) {
  const stay = 1 - 1 / 3;
  const begin = (share / (1 - share)) * (1 - stay);
  let isLost = false;
  return (random) => {
    isLost = random() < (isLost ? stay : begin);
    return isLost;
  };
}

const randomLoss = (share) => (random) => random() < share;
const evenJitter = (most) => (random) => most * random();
/** Every 3 s the way is blocked for 150 ms, and what waits comes at once. */
const blockade = (_, sentAt) => Math.max(0, 150 - (sentAt % 3000));

/** `lost` and `late` are called for each packet; packets keep their order unless `overtakes`; `drift` is the sender's clock against ours. */
const network = (name, { lost = () => false, late = () => 0, overtakes = false, drift = 0 } = {}) => ({
  name,
  schedule(packets, seed) {
    const random = dice(seed);
    const arrivals = [];
    let before = 0;
    for (let number = 0; number < packets; number++) {
      const sentAt = number * PACKET_MS * (1 - drift);
      const at = sentAt + TRANSIT + late(random, sentAt);
      if (lost(random)) continue;
      before = overtakes ? at : Math.max(before, at);
      arrivals.push({ number, at: before });
    }
    return arrivals.sort((a, b) => a.at - b.at);
  },
});

export const networks = [
  network("clean"),
  network("loss 1 %", { lost: randomLoss(0.01) }),
  network("loss 3 %", { lost: randomLoss(0.03) }),
  network("loss 5 %", { lost: randomLoss(0.05) }),
  network("loss 10 %", { lost: randomLoss(0.1) }),
  network("loss 20 %", { lost: randomLoss(0.2) }),
  network("bursts 5 %", { lost: burstLoss(0.05) }),
  network("bursts 10 %", { lost: burstLoss(0.1) }),
  network("jitter 20 ms", { late: evenJitter(20) }),
  network("jitter 40 ms", { late: evenJitter(40) }),
  network("jitter 80 ms", { late: evenJitter(80) }),
  network("jitter 120 ms", { late: evenJitter(120) }),
  network("overtaking 60 ms", { late: evenJitter(60), overtakes: true }),
  network("blocked 150 ms", { late: blockade }),
  network("loss 5 %, jitter 40", { lost: randomLoss(0.05), late: evenJitter(40) }),
  network("loss 10 %, jitter 80", { lost: randomLoss(0.1), late: evenJitter(80) }),
  network("drift +0.2 %", { drift: 0.002 }),
  network("drift -0.2 %", { drift: -0.002 }),
];
