// What is bundled from `lib/`, after tsc has compiled all of it to `dist/`: see docs/decisions/0004-one-bundled-entry.md.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { licences } from "./scripts/bundled.mjs";

/** Files at the root of the package, which a bundle in `dist/` finds beside it. */
const [binding, manifest] = ["binding.js", "package.json"].map((file) => fileURLToPath(new URL(file, import.meta.url)));

/** An ES module for other bundlers, without Node. */
const forBrowsers = (name) => ({
  input: `lib/${name}.ts`,
  platform: "browser",
  external: ["pusher-js"],
  output: { file: `dist/${name}.mjs`, format: "esm" },
});

/** What base/fakes.ts takes of Node: in a page they are the page's own. */
const pageTimers = {
  name: "page timers",
  resolveId: (id) => (id === "node:timers" ? `\0${id}` : undefined),
  load: (id) =>
    id === "\0node:timers"
      ? ["clearInterval", "clearTimeout", "setInterval", "setTimeout"]
          .map((name) => `export const ${name} = globalThis.${name}.bind(globalThis);`)
          .concat("export const setImmediate = (act) => setTimeout(act, 0);")
          .join("\n")
      : undefined,
};

/** What a page of Vitest's browser mode loads, which the plugin knows by its names. What they share is evaluated once. */
const forPages = {
  input: {
    "vitest-page": "lib/vitest-page.ts",
    "vitest-page-matchers": "lib/vitest-page-matchers.ts",
    "vitest-page-setup": "lib/vitest-page-setup.mts",
  },
  platform: "browser",
  external: ["vitest"],
  plugins: [pageTimers],
  output: { dir: "dist", entryFileNames: "[name].mjs", chunkFileNames: "vitest-page-[name].mjs", format: "esm" },
};

/** What a test runner evaluates before each test file: one file instead of several is quicker. */
const setupFile = (name, format) => ({
  input: `lib/${name}`,
  platform: "node",
  external: [/^vitest/, "@jest/globals", /runners\/trace-files/, /^virtual:/, /^\.\/matchers/],
  output: { file: `dist/${name.replace("ts", "js")}`, format },
});

/** A CommonJS module, or program, for Node. */
const forNode = (name, beside = []) => ({
  input: `lib/${name}.ts`,
  platform: "node",
  external: [binding, ...beside],
  // Their explanations are in the declarations; here they only take time to read.
  output: { file: `dist/${name}.js`, format: "cjs", comments: { jsdoc: false } },
});

/** What takes Node less time to read and to evaluate. */
const quicklyRead = {
  name: "quickly read",
  generateBundle(_options, chunks) {
    const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
    for (const chunk of Object.values(chunks)) {
      chunk.code = chunk.code
        // Text of ASCII alone is read in half the time.
        .replace(/[^\0-\x7f]/g, escaped)
        // What a chunk exports stands at its end, and is not assigned to later: it needs no function that looks it up.
        .replace(GETTER, "exports.$1 = $2;");
    }
    const { "index.js": index } = chunks;
    // Where a test runner keeps compiled code: lib/runners/code-cache.ts.
    index.code = index.code.replace(
      'require("./everyday.js")',
      (call) => `globalThis[Symbol.for("pushrig.require-of")]?.(__filename)?.("./everyday.js") ?? ${call}`,
    );
    // An object that is written down is made sooner than one that grows by a hundred names.
    const { "everyday.js": everyday } = chunks;
    everyday.code = everyday.code.replace(
      EXPORTS,
      (all) => `exports = module.exports = {\n${all.replace(EXPORT, "\t$1: $2,")}};\n`,
    );
  },
};

/**
 * Makes each part, and what several of them share, a function of the copy of `everyday.js` that asks for it. What it would require
 * is the copy that the module registry has by then: after a hot reload, or Jest's `resetModules()`, another one.
 */
const ofTheCopyThatAsks = {
  name: "of the copy that asks",
  generateBundle(_options, chunks) {
    const isPart = (file) => file in chunks && file !== "index.js" && file !== "everyday.js";
    for (const chunk of Object.values(chunks)) {
      const { fileName } = chunk;
      const copy = isPart(fileName) ? "require_everyday" : "exports";
      chunk.code = chunk.code.replace(/require\("(\.[^"]+)"\)/g, (call, id) =>
        isPart(posix.join(posix.dirname(fileName), id)) ? `${call}(${copy})` : call,
      );
      if (isPart(fileName)) chunk.code = asked(chunk.code.replace(/^const require_everyday = .*\n/m, ""));
    }
  },
};

/** In parentheses, or what is in the function would be read twice. */
const asked = (code) => `// Node would hold the first copy that asks as long as it has this file.
module.parent = undefined;
const made = new WeakMap();
module.exports = (everyday) => made.get(everyday) ?? make(everyday, {});
const make = (function(require_everyday, exports) {
${code}
made.set(require_everyday, exports);
return exports;
});
`;

/** How a binding is exported to another chunk. */
const GETTER =
  /^Object\.defineProperty\(exports, "([\w$]+)", \{\n\tenumerable: true,\n\tget: function\(\) \{\n\t\treturn ([\w$]+);\n\t\}\n\}\);$/gm;

/** All that a chunk exports, at its end. */
const EXPORTS = /(^exports\.[\w$]+ = [\w$]+;\n)+$(?![^])/m;
const EXPORT = /^exports\.([\w$]+) = ([\w$]+);$/gm;

/** Rooms of the entry that most tests never enter; `require` in `lib/` says who opens them. */
const onDemand = [
  "app/delayed",
  "app/network",
  "app/reading",
  "app/socket-wire",
  "app/wire",
  "base/exchange",
  "client/endpoints",
  "client/makings",
  "control/answers",
  "gateway/attaching",
  "gateway/gateway",
  "gateway/neighbours",
  "mock/asking",
  "mock/there",
  "native/why-not",
  "options/gateway-client",
  "server/attached",
  "server/http",
  "server/received-webhook",
  "webhooks/webhooks",
];

const onDemandFiles = new Set(onDemand.map((name) => fileURLToPath(new URL(`lib/${name}.js`, import.meta.url))));

/** Whether what `importer` asks for is one of them. Told by the whole path: another room may have a file of the same name. */
const isOnDemand = (id, importer) => importer !== undefined && onDemandFiles.has(resolve(dirname(importer), id));

/** What comes with the code of others that is in a part. */
const notices = {
  "app/socket-wire": `/*! ws\n${readFileSync(new URL("node_modules/ws/LICENSE", import.meta.url), "utf8")}*/`,
};

/** The entry, in one file for what everybody needs and one for each of those rooms. */
const entry = {
  input: Object.fromEntries(["index", ...onDemand].map((name) => [name, `lib/${name}.ts`])),
  platform: "node",
  plugins: [quicklyRead, ofTheCopyThatAsks],
  external: (id, importer) => id === binding || isOnDemand(id, importer),
  output: {
    dir: "dist",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    banner: ({ name }) => notices[name] ?? "",
    format: "cjs",
    comments: { jsdoc: false },
    codeSplitting: {
      groups: [
        {
          name: "everyday",
          test: /lib.(index|base.(log|web-classes)|client.authorization.address|journal.question)\.ts$/,
          priority: 1,
        },
        // What who listens has in common with who attaches: nothing else is read for it.
        {
          name: "listening",
          test: /lib.(base.(locator|loopback|project)|options.(admission|duration|listen|port)|gateway.tls-front)\.ts$/,
          priority: 1,
        },
        { name: "options/webhook", test: /lib.options.webhook\.ts$/, priority: 1 },
        // What several of the rooms have in common.
        { name: "journal", test: /lib/, minShareCount: 2 },
      ],
    },
  },
};

/** What agents ask, with the SDK of their protocol: a part of the command that the others need not read. */
const forAgents = {
  input: "lib/command/mcp.mts",
  platform: "node",
  external: binding,
  plugins: [licences],
  output: { file: "dist/command/mcp.mjs", format: "esm", minify: true },
};

/** A small CommonJS module for bundlers: what is imported by name and what is required are the same there. */
const stub = (name) => ({
  input: `lib/stubs/${name}.ts`,
  platform: "neutral",
  output: { file: `dist/stubs/${name}.js`, format: "cjs", exports: "auto" },
});

/** A page in one file, which asks nobody but who serves it. The policy names what stands in it by its hash. */
const page = {
  name: "page",
  generateBundle(_options, chunks) {
    const [[name, { code }]] = Object.entries(chunks);
    delete chunks[name];
    const script = code.trim().replaceAll("</script", "<\\/script");
    const style = readFileSync(new URL("lib/inspector/style.css", import.meta.url), "utf8")
      .replace(/\/\*.*?\*\//g, "")
      .replace(/\s*([{};,>])\s*/g, "$1")
      .replace(/: /g, ":");
    const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const policy = [
      "default-src 'none'",
      "connect-src 'self'",
      "img-src data:",
      `script-src ${hash(script)}`,
      `style-src ${hash(style)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ].join("; ");
    const html = [
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">`,
      `<meta name="viewport" content="width=device-width"><title>pushrig</title><link rel="icon" href="data:,">`,
      `<style>${style}</style><body><noscript>This page needs JavaScript.</noscript></body><script type="module">${script}</script></html>\n`,
    ].join("");
    this.emitFile({ type: "asset", fileName: name.replace(/js$/, "html"), source: html });
  },
};

const inPage = (name, main) => ({
  input: { [name]: `lib/inspector/${main}.tsx` },
  platform: "browser",
  plugins: [pageTimers, licences, page],
  transform: { jsx: { runtime: "automatic", importSource: "preact" } },
  output: { dir: "dist", format: "esm", minify: true, comments: { jsdoc: false, legal: false } },
});

export default [
  entry,
  // A process of its own, so its copy of everything meets no other.
  { ...forNode("cli", [/\/mcp\.mjs$/]), plugins: [licences] },
  forAgents,
  // Loads the mock itself when a route asks for it.
  forNode("next", ["./index", manifest]),
  // The gateway is loaded where none runs.
  forNode("playwright", ["@playwright/test", "./index"]),
  forNode("matchers"),
  forNode("assert"),
  forNode("runners/hooks"),
  forNode("runners/trace-files"),
  forNode("runners/page-apps"),
  forBrowsers("browser"),
  forBrowsers("edge"),
  forPages,
  stub("pusher"),
  stub("pushrig"),
  setupFile("vitest-setup.mts", "esm"),
  forNode("vitest-file", ["./runners/trace-files", "./matchers"]),
  setupFile("vitest-project.mts", "esm"),
  setupFile("jest-setup.ts", "cjs"),
  // Of a gateway, and of a trace: each page has what it needs alone.
  inPage("inspector", "main"),
  inPage("trace", "trace-main"),
];
