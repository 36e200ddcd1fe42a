// What the package is packed from: a file that is built and not packed is missed by users only, in a tarball.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Manifest {
  bin: object;
  exports: object;
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

const WORDS = ["pack", "--dry-run", "--json", "--ignore-scripts"];
const [{ files }] = JSON.parse(execFileSync("npm", WORDS, { cwd: root, encoding: "utf8" })) as [
  { files: { path: string }[] },
];
const packed = files.map(({ path }) => path).sort();

/** Besides documents, example, declarations and entry points for old resolvers. The binary goes into packages of its own. */
const OTHERS = [
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "README.md",
  "assert.d.ts",
  "binding.d.ts",
  "binding.js",
  "dist/app/delayed.js",
  "dist/app/network.js",
  "dist/app/reading.js",
  "dist/app/socket-wire.js",
  "dist/app/wire.js",
  "dist/assert.js",
  "dist/base/exchange.js",
  "dist/base/nearest.js",
  "dist/base/shown.js",
  "dist/base/synonyms.js",
  "dist/browser.mjs",
  "dist/cli.js",
  "dist/cli.licences.txt",
  "dist/client/endpoints.js",
  "dist/client/makings.js",
  "dist/command/mcp.licences.txt",
  "dist/command/mcp.mjs",
  "dist/control/answers.js",
  "dist/edge.mjs",
  "dist/events/test-runner.js",
  "dist/everyday.js",
  "dist/gateway/attaching.js",
  "dist/gateway/gateway.js",
  "dist/gateway/neighbours.js",
  "dist/index.js",
  "dist/inspector.html",
  "dist/inspector.licences.txt",
  "dist/jest-preset.js",
  "dist/jest-setup.js",
  "dist/jest.js",
  "dist/journal.js",
  "dist/listening.js",
  "dist/matchers.js",
  "dist/mock/asking.js",
  "dist/mock/there.js",
  "dist/native/why-not.js",
  "dist/next.js",
  "dist/options/checks.js",
  "dist/options/gateway-client.js",
  "dist/options/strict.js",
  "dist/options/webhook.js",
  "dist/playwright.js",
  "dist/register.js",
  "dist/runners/dependents.js",
  "dist/runners/hooks.js",
  "dist/runners/import-hook.mjs",
  "dist/runners/jest-resolver.js",
  "dist/runners/options.js",
  "dist/runners/page-apps.js",
  "dist/runners/page-modules.js",
  "dist/runners/routes.js",
  "dist/runners/swap.js",
  "dist/runners/trace-files.js",
  "dist/server/attached.js",
  "dist/server/http.js",
  "dist/server/received-webhook.js",
  "dist/shims/modules/pusher-js.mjs",
  "dist/shims/modules/pusher.mjs",
  "dist/shims/modules/pushrig.mjs",
  "dist/shims/pusher-js.js",
  "dist/shims/pusher.js",
  "dist/stubs/next.js",
  "dist/stubs/pusher.js",
  "dist/stubs/pushrig.js",
  "dist/trace.html",
  "dist/trace.licences.txt",
  "dist/types.js",
  "dist/vitest-file.js",
  "dist/vitest-page-awaited.mjs",
  "dist/vitest-page-matchers.mjs",
  "dist/vitest-page-setup.mjs",
  "dist/vitest-page-state.mjs",
  "dist/vitest-page-whereabouts.mjs",
  "dist/vitest-page.mjs",
  "dist/vitest-project.mjs",
  "dist/vitest-setup.mjs",
  "dist/vitest.js",
  "dist/webhooks/webhooks.js",
  "index.d.ts",
  "jest.d.ts",
  "matchers.d.ts",
  "matchers.vitest.d.mts",
  "next.d.ts",
  "package.json",
  "playwright.d.ts",
  "register.d.ts",
  "shims/pusher-js.d.ts",
  "shims/pusher.d.ts",
  "types.d.ts",
  "vitest.d.ts",
];

it("packs these files and no other besides documents, example, declarations and entry points", () => {
  const entries = new Set(Object.keys(manifest.exports).map((entry) => `${entry.slice(2)}.js`));
  const others = packed.filter(
    (path) => !/^(docs|examples)\/|^dist\/.*\.d\.m?ts$|\.node$/.test(path) && !entries.has(path),
  );
  expect(others).toEqual(OTHERS);
});

it("packs every file that the entry points name or require", () => {
  const named = JSON.stringify([manifest.bin, manifest.exports]).match(/(?<=")(\.\/|dist\/)[^"*]+(?=")/g) ?? [];
  const queue = named.filter((path) => /\.\w+$/.test(path));
  expect(queue.length).toBeGreaterThan(10);
  const seen = new Set<string>();
  for (const path of queue) {
    const file = path.replace(/^\.\//, "");
    if (seen.has(file)) continue;
    seen.add(file);
    expect(packed).toContain(file);
    if (!/\.m?js$/.test(file)) continue;
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
    const code = readFileSync(join(root, file), "utf8");
    for (const [, wanted] of code.matchAll(/(?:require\(|from |import\()\s*"(\.\.?\/[^"]+)"/g)) {
      const target = new URL(wanted, `file:///${folder}`).pathname.slice(1);
      // The loader of the binary tries every platform.
      if (!target.endsWith(".node") && !target.includes(".wasi"))
        queue.push(/\.\w+$/.test(target) ? target : `${target}.js`);
    }
  }
});

it("has little in the setup file, which Vite transforms and each worker of Vitest compiles with its source map", () => {
  expect(readFileSync(join(root, "dist/vitest-setup.mjs"), "utf8").length).toBeLessThan(1_000);
});
