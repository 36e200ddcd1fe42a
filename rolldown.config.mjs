// What is bundled from `lib/`, after tsc has compiled all of it to `dist/`: see docs/decisions/0004-one-bundled-entry.md.

/** An ES module for other bundlers, without Node. */
const forBrowsers = (name) => ({
  input: `lib/${name}.ts`,
  platform: "browser",
  external: ["pusher-js"],
  output: { file: `dist/${name}.mjs`, format: "esm" },
});

/** A CommonJS module, or program, for Node. */
const forNode = (name) => ({
  input: `lib/${name}.ts`,
  platform: "node",
  external: ["../binding.js", "../package.json"],
  output: { file: `dist/${name}.js`, format: "cjs" },
});

export default [
  forNode("index"),
  // A process of its own, so its copy of everything meets no other.
  forNode("cli"),
  forBrowsers("browser"),
  forBrowsers("edge"),
];
