/**
 * Two builds side by side: `--before DIR` names a checkout that is built. Samples come in pairs, one of each build, close
 * together in time and in alternating order, so that what else the machine does meets both. Each pair gives a ratio, now to
 * before; the median counts, and says something only if its 95 % interval is narrow.
 */

import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { median } from "./measure.mjs";

/** How many pairs are measured. */
export const PAIRS = 20;
/** Beside a bar lower than this, an interval wider than `WIDEST` is no measurement. */
const WIDE_BAR = 1.1;
const WIDEST = 0.1;
/** What a change that is about something else may cost. */
export const SAME = 1.03;

/** The folder of the other build, checked. */
export function otherBuild(folder) {
  const root = resolve(folder);
  const isBuilt = existsSync(join(root, "dist/index.js")) && readdirSync(root).some((name) => name.endsWith(".node"));
  if (isBuilt) return root;
  throw new Error(`--before ${folder} is not a checkout that is built; run npm ci && npm run build there`);
}

/**
 * The 95 % interval of the median, by the sign test: it assumes nothing of how the values are spread. Undefined for
 * fewer than six values, which say nothing with that certainty.
 */
export function interval(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  // The chance that at most `rank` of all values lie on one side of the true median.
  let below = 0;
  let term = 0.5 ** count;
  let rank = -1;
  while (below + term <= 0.025) {
    below += term;
    rank += 1;
    term = (term * (count - rank)) / (rank + 1);
  }
  return rank < 0 ? undefined : [sorted[rank], sorted[count - 1 - rank]];
}

/** Median, interval and what they say about a bar, of the ratios of pairs `[now, before]`. */
export function judge(pairs, bar = SAME) {
  const ratios = pairs.map(([now, before]) => now / before);
  const ratio = median(ratios);
  const range = interval(ratios);
  return { ratio, range, bar, verdict: verdictOn(range, bar) };
}

function verdictOn(range, bar) {
  if (range === undefined) return "no measurement";
  const [low, high] = range;
  if (high - low <= WIDEST) return low <= bar ? "met" : "not met";
  // A wide one says something where the bar leaves room and all of it is on one side.
  if (bar >= WIDE_BAR && high <= bar) return "met";
  return bar >= WIDE_BAR && low > bar ? "not met" : "no measurement";
}

/** One line: what, the sides of the pairs in the unit, the ratio with its interval, and the verdict. */
export function report(what, pairs, unit, bar, [first, second] = ["now", "before"]) {
  const { ratio, range, bar: limit, verdict } = judge(pairs, bar);
  const [now, before] = [0, 1].map((side) => median(pairs.map((pair) => pair[side])));
  const text = (number) =>
    number >= 1000 ? Math.round(number).toLocaleString("en") : String(Number(number.toPrecision(3)));
  const between = range === undefined ? "" : ` [${range[0].toFixed(3)}, ${range[1].toFixed(3)}]`;
  const figures = `${first === "now" ? "" : `${first} `}${text(now)} ${unit}, ${second} ${text(before)}`;
  console.log(
    `${what.padEnd(48)}  ${figures.padEnd(30)}  ${ratio.toFixed(3)} ×${between}`.padEnd(112) +
      `  ≤ ${limit}: ${verdict}`,
  );
  return verdict;
}

/** `measure(side)` for "now" and "before", in turn; answers the pairs of what it answers. */
export async function inPairs(count, measure) {
  const pairs = [];
  for (let i = 0; i < count; i += 1) {
    const sides = i % 2 === 0 ? ["now", "before"] : ["before", "now"];
    const measured = {};
    for (const side of sides) measured[side] = await measure(side);
    pairs.push([measured.now, measured.before]);
  }
  return pairs;
}
