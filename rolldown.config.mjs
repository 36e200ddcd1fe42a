// What is bundled from `lib/`, after tsc has compiled all of it to `dist/`: see docs/decisions/0004-one-bundled-entry.md.

/** An ES module for other bundlers, without Node. */
const forBrowsers = (name) => ({
  input: `lib/${name}.ts`,
  platform: "browser",
  external: ["pusher-js"],
  output: { file: `dist/${name}.mjs`, format: "esm" },
});

export default [
  {
    input: "lib/index.ts",
    platform: "node",
    external: ["../binding.js"],
    output: { file: "dist/index.js", format: "cjs" },
  },
  forBrowsers("browser"),
  forBrowsers("edge"),
];
