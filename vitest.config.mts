import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
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
    // As in a user's node_modules: loaded by Node itself, not transformed.
    server: { deps: { external: [/\/dist\/.*\.m?js$/, /\.node$/] } },
  },
});
