// Delay across, distance down: who stands further left is sooner, and further up is clearer.

const WIDTH = 76;
const HEIGHT = 24;

/** A plot of all networks: capital letters are tipring's, small ones baresip's with its usual delay. */
export function plotLines(results) {
  const marks = results.flatMap(({ tipring, baresip }, index) => {
    const letter = String.fromCharCode(65 + index);
    return [[letter, tipring], ...baresip.slice(0, 1).map((each) => [letter.toLowerCase(), each])];
  });
  const most = (key) => Math.max(...marks.map(([, value]) => value[key]));
  const [longest, farthest] = [Math.ceil(most("delay") / 50) * 50, Math.ceil(most("distance"))];
  const rows = Array.from({ length: HEIGHT }, () => Array(WIDTH).fill(" "));
  for (const [letter, { delay, distance }] of marks.reverse()) {
    const across = Math.min(WIDTH - 1, Math.floor((delay / longest) * WIDTH));
    const down = Math.min(HEIGHT - 1, Math.floor((distance / farthest) * HEIGHT));
    rows[down][across] = letter;
  }
  return [
    "distance, dB",
    ...rows.map((row, down) => `${((down * farthest) / HEIGHT).toFixed(1).padStart(5)} |${row.join("")}`.trimEnd()),
    `      +${"-".repeat(WIDTH)}`,
    `      0 ms${`mouth to ear ${longest} ms`.padStart(WIDTH - 3)}`,
    "Capitals: tipring. Small letters: baresip as it comes.",
    results.map(({ network }, index) => `${String.fromCharCode(65 + index)} ${network}`).join("; "),
  ];
}
