/**
 * Ratios between ways of doing the same thing, measured in one run: variants take turns in short
 * rounds, forwards and backwards, so that noise of the machine meets them all; medians count.
 */

const ROUND_MS = Number(process.env.BENCH_ROUND_MS ?? 40);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15);

/** Nanoseconds per call of each variant, by name. `variants` maps names to functions, async ones too. */
export async function measure(variants) {
  const names = Object.keys(variants);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) await sample(variants[name]); // warm-up
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) samples[name].push(await sample(variants[name]));
  }
  return Object.fromEntries(names.map((name) => [name, median(samples[name])]));
}

async function sample(run) {
  let calls = 0;
  const first = run();
  const isAsync = first instanceof Promise;
  await first;
  const start = process.hrtime.bigint();
  const end = start + BigInt(ROUND_MS) * 1_000_000n;
  let now = start;
  while (now < end) {
    if (isAsync) for (let i = 0; i < 50; i += 1) await run();
    else for (let i = 0; i < 50; i += 1) run();
    calls += 50;
    now = process.hrtime.bigint();
  }
  return Number(now - start) / calls;
}

/**
 * Nanoseconds per call of each of two variants: the quickest of many short rounds, in turns. For what costs less than the machine does
 * besides, which only ever adds.
 */
export async function quickest(variants, { calls, rounds }) {
  const names = Object.keys(variants);
  const best = Object.fromEntries(names.map((name) => [name, Infinity]));
  // The first round is for warming up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const run = variants[name];
      const start = process.hrtime.bigint();
      if (run() instanceof Promise) for (let i = 1; i < calls; i += 1) await run();
      else for (let i = 1; i < calls; i += 1) run();
      const each = Number(process.hrtime.bigint() - start) / calls;
      if (round > 0) best[name] = Math.min(best[name], each);
    }
  }
  return best;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.trunc(sorted.length / 2)];
}

/** Prints a table; every row is an object with the same keys. */
export function table(title, rows) {
  console.log(`\n${title}`);
  console.table(rows);
}
