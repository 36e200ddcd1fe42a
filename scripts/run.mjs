// `node scripts/run.mjs start|demo|screenshot|test|quick|long|matrix|docs|bench|wire`: what the npm scripts call. Needs Node and Rust only; the rest it installs.
import { inForeground, must } from "./command.mjs";
import { setup } from "./setup.mjs";

const commands = {
  async start(...options) {
    await setup();
    process.exitCode = await inForeground([process.execPath, "dist/cli.js", ...options]);
  },
  async demo() {
    await setup();
    const { demo } = await import("./example.mjs");
    process.exitCode = await demo();
  },
  async screenshot(only) {
    await setup();
    const { takeScreenshots } = await import("./screenshot.mjs");
    await takeScreenshots(only);
  },
  async test() {
    const { test } = await import("./test.mjs");
    await test({ quick: false });
  },
  async quick() {
    const { test } = await import("./test.mjs");
    await test({ quick: true });
  },
  async long(...parts) {
    await setup();
    const { long } = await import("./long.mjs");
    process.exitCode = (await long(parts)) > 0 ? 1 : 0;
  },
  async matrix(...only) {
    await setup();
    const { matrix } = await import("./matrix.mjs");
    const { failed } = await matrix(only);
    process.exitCode = failed > 0 ? 1 : 0;
  },
  async docs(...only) {
    await setup();
    const { docs } = await import("./docs.mjs");
    const { failed } = await docs(only);
    process.exitCode = failed > 0 ? 1 : 0;
  },
  async bench(...options) {
    await setup();
    if (options.some((option) => option.startsWith("--before"))) {
      await must([process.execPath, "benches/compare.mjs", ...options]);
      return;
    }
    const env = options.includes("--brief") ? { BENCH_ROUND_MS: "5", BENCH_ROUNDS: "3" } : {};
    for (const bench of ["in-process", "journal", "presence", "toolkit", "inspector"]) {
      await must([process.execPath, "--expose-gc", `benches/${bench}.mjs`], { env });
    }
    // Its bounds are those of a machine that does nothing else.
    if (!options.includes("--brief")) await must([process.execPath, "benches/attached.mjs"]);
  },
  async wire(...options) {
    await setup();
    await must([process.execPath, "benches/wire.mjs", ...options]);
  },
};

const [name, ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, name ?? "")) {
  console.error(`pushrig: expected one of ${Object.keys(commands).join(", ")}, got ${name}`);
  process.exit(2);
}
try {
  await commands[name](...args);
} catch (error) {
  console.error(`pushrig: ${error.message}`);
  process.exitCode = 1;
}
