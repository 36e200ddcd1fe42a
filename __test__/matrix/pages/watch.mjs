// Vitest's browser mode that watches: a file that is run again begins anew, and all of it ends with Vitest.
import { readFileSync, writeFileSync } from "node:fs";
import { startVitest } from "vitest/node";

const file = "pages/beginning.test.ts";
const text = readFileSync(file, "utf8");
let ended = () => {};
const reporter = { onTestRunEnd: (modules, errors) => ended({ modules, errors }) };
const nextRun = () => new Promise((resolve) => (ended = resolve));

function check({ modules, errors }, run) {
  const states = modules.map((module) => module.state());
  if (errors.length > 0 || states.length !== 1 || states[0] !== "passed") {
    throw new Error(`${run} run: ${states} ${errors.map(({ message }) => message)}`);
  }
}

const first = nextRun();
const vitest = await startVitest("test", [file], {
  config: "vitest.pages.config.mjs",
  watch: true,
  project: ["pages*"],
  reporters: [reporter],
});
check(await first, "first");
for (const run of ["second", "third"]) {
  const next = nextRun();
  writeFileSync(file, `${text}// ${run}\n`);
  check(await next, run);
}
writeFileSync(file, text);
await vitest.close();
console.log("ended");
// Nothing of it keeps the process alive: it ends by itself.
