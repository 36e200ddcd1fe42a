import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What a source file loads when it is first used, `require("./noun.js")`: Node would look for the built file beside it. */
const lazyParts = {
  name: "lazy-parts",
  transform(code: string, id: string) {
    if (!id.startsWith(here("./lib/"))) return undefined;
    const parts: string[] = [];
    const eager = code.replace(/\brequire\(("\.{1,2}\/[^"]+\.js")\)/g, (call, path: string) => {
      // What is no source file Node finds.
      if (path.endsWith('/binding.js"')) return call;
      return `lazyPart${parts.push(path) - 1}`;
    });
    if (parts.length === 0) return undefined;
    const imports = parts.map((path, index) => `import * as lazyPart${index} from ${path};`);
    return { code: `${imports.join(" ")} ${eager}`, map: null };
  },
};

export default defineConfig({
  plugins: [lazyParts],
  resolve: {
    // Tests import what users import. Tests of one source file import `../lib/<noun>` instead.
    alias: [{ find: /^pushrig$/, replacement: here("./dist/index.js") }],
  },
  test: {
    include: ["__test__/**/*.test.ts"],
    // The matrix is fixture projects that run in runners of their own, `next/application/` and `install/` have configurations of their own,
    // and `*.slow.test.ts` is for `npm test` only.
    exclude: [
      ...["matrix", "next/application", "install", "examples"].map((folder) => `__test__/${folder}/**`),
      ...(process.env.PUSHRIG_QUICK ? ["**/*.slow.test.ts"] : []),
    ],
    pool: "forks",
    // How long a test takes, and waits for what should be there at once, at most: a busy machine is no failure.
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    // Tests that run at once wait for timers and sockets.
    maxConcurrency: 20,
    // As in a user's node_modules: loaded by Node itself, not transformed.
    server: { deps: { external: [/\/dist\/.*\.m?js$/, /\.node$/] } },
  },
});
