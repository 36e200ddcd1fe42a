// Runs every code block of README.md and docs/, as the users would who copy it.
//
// A document is a project. A block that starts with a comment that is a path (`// src/lib/pusher.ts`) is that file of the
// project, a block that imports the test runner is a test, any other TypeScript or JavaScript is a module that must run. A
// block that cannot run by itself says which test of the repository runs it: `<!-- shown by <path> -->` above it, and every
// line of the block must stand in that file; or `<!-- run by <path> -->`, a test that takes its blocks from the document, above
// a block or at the top of a document for all of its blocks. Text blocks (`text`) show output and are not run. Port 6001 becomes
// a free one.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { lastLines, run, tool } from "./command.mjs";
import { freePort } from "./free-port.mjs";
import { pack, place, prepare } from "./matrix.mjs";
import { chromium } from "./real-clients.mjs";
import { root } from "./stale.mjs";

const runners = {
  vitest4: { program: ["node_modules/vitest/vitest.mjs", "run"], test: /from "vitest"/ },
  jest30: { program: ["node_modules/jest/bin/jest.js"], test: /^\s*(it|test)\(/m },
  playwright: {
    program: ["node_modules/@playwright/test/cli.js", "test"],
    test: /from "(@playwright\/test|pushrig\/playwright)"/,
  },
};

/** Which fixture of the matrix a document's project lives in. */
const runnerOf = (document) =>
  ({ "docs/jest.md": "jest30", "docs/playwright.md": "playwright" })[document] ?? "vitest4";

const documents = () => [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The fenced blocks of a document: `{ line, language, code, shownBy, runBy }`. */
export function blocksOf(markdown) {
  const blocks = [];
  const fence =
    /^(?:<!-- (?:shown by (?<shownBy>\S+)|run by (?<runBy>\S+)) -->\n+)?```(?<language>\w*)[^\n]*\n(?<code>[^]*?)^```$/gm;
  for (const match of markdown.matchAll(fence)) {
    const line = markdown.slice(0, match.index).split("\n").length;
    blocks.push({ line, ...match.groups });
  }
  return blocks;
}

/** The path that a block's first line names, if it is a comment with nothing but a path. */
export function pathOf(code) {
  return /^(?:\/\/|#|<!--) (?<path>[\w@.[\]/-]+\.\w+|\.env[\w.]*)(?: -->)?$/.exec(code.split("\n", 1)[0])?.groups.path;
}

/** The lines of a block that its test does not have; comments are for the reader. */
export function missingLines({ code, shownBy }) {
  const file = join(root, shownBy);
  if (!existsSync(file)) return [`${shownBy} does not exist`];
  const text = readFileSync(file, "utf8");
  return code
    .split("\n")
    .map((line) => line.replace(/(^|\s+)(#|\/\/) .*/, "").trim())
    .filter((line) => !text.includes(line));
}

/** Whether a test takes blocks from a document. */
function takesFrom(test, document) {
  const file = join(root, test);
  return existsSync(file) && readFileSync(file, "utf8").includes(basename(document));
}

const source = /^(ts|tsx|js|mjs)$/;

const vitestConfig = `
import { defineConfig } from "vitest/config";
export default defineConfig({ resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } } });
`;

const tsconfig = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: "es2022",
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["es2023", "dom", "dom.iterable"],
    types: ["node"],
    jsx: "preserve",
    skipLibCheck: true,
    paths: { "@/*": ["./src/*"] },
  },
};

/** Writes a document's project; what cannot be run is a problem. */
function lay(document, markdown, folder, runner, port) {
  const problems = [];
  let shown = 0;
  let runs = 0;
  rmSync(folder, { recursive: true, force: true });
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text.replaceAll("6001", port));
  };
  write("tsconfig.json", JSON.stringify(tsconfig));
  write("vitest.config.ts", vitestConfig);
  for (const block of blocksOf(markdown)) {
    const { line, language, code, shownBy, runBy } = block;
    const path = pathOf(code);
    if (shownBy !== undefined) {
      shown += 1;
      for (const missing of missingLines(block)) problems.push(`${document}:${line} is not in ${shownBy}: ${missing}`);
    } else if (runBy !== undefined) {
      shown += 1;
      if (!takesFrom(runBy, document)) problems.push(`${document}:${line} is not run by ${runBy}`);
    } else if (path !== undefined) {
      write(path, code);
      if (/\.(test|spec)\.\w+$/.test(path)) runs += 1;
    } else if (source.test(language)) {
      runs += 1;
      const name = `line-${line}`;
      if (runners[runner].test.test(code)) write(`${name}.test.${language}`, code);
      else {
        write(`${name}.${language}`, code);
        write(
          `${name}.test.mjs`,
          `import { it } from "vitest";\nit("${document}:${line} runs", () => import("./${name}.${language}"));\n`,
        );
      }
    } else if (language !== "text") {
      problems.push(
        `${document}:${line} (${language || "no language"}) is run by nothing: say <!-- shown by <path> --> or name its file`,
      );
    }
  }
  return { problems, shown, runs };
}

async function check(document) {
  const markdown = readFileSync(join(root, document), "utf8");
  const elsewhere = /^<!-- run by (\S+) -->/.exec(markdown)?.[1];
  if (elsewhere !== undefined) {
    const isRun = takesFrom(elsewhere, document);
    return isRun
      ? { passed: 1, problems: [] }
      : { passed: 0, problems: [`${document} says that ${elsewhere} runs it, which does not name it`] };
  }
  const runner = runnerOf(document);
  const name = basename(document, ".md").toLowerCase();
  const folder = place(runner, "docs", name);
  const port = await freePort();
  const { problems, shown, runs } = lay(document, markdown, folder, runner, port);
  const passed = shown - Math.min(shown, problems.length);
  if (runs === 0) return { passed, problems };
  // Where gateways write down that they run: those of others are not found here. Its path is short, because Chromium's socket
  // is in it too, whose path may have 107 characters.
  const machine = mkdtempSync(join(tmpdir(), "pushrig-docs-"));
  const [program, ...words] = runners[runner].program;
  const env = {
    NO_COLOR: "1",
    PUSHRIG_PORT: port,
    APP_PORT: await freePort(),
    PUSHRIG_CHROMIUM: chromium(),
    TMPDIR: machine,
  };
  const options = { cwd: folder, env, quiet: true, timeout: 120_000 };
  const ran = await run([process.execPath, place(runner, program), ...words], options);
  const compiled = runner === "vitest4" ? await run(tool("tsc", "-p", "tsconfig.json"), options) : { code: 0 };
  rmSync(machine, { recursive: true, force: true });
  const failed = [ran, compiled].filter(({ code }) => code !== 0);
  if (failed.length === 0) return { passed: passed + runs, problems };
  return {
    passed,
    problems: [...problems, `${document}\n${failed.map(({ output }) => lastLines(output)).join("\n")}`],
  };
}

/** Checks all documents, or those named; counts blocks, and says what failed. */
export async function docs(names = []) {
  const packed = await pack();
  for (const fixture of Object.keys(runners)) await prepare(fixture, packed);
  const total = { passed: 0, failed: 0, failures: [] };
  for (const document of documents().filter(
    (document) => names.length === 0 || names.some((name) => document.includes(name)),
  )) {
    const { passed, problems } = await check(document);
    console.log(`${problems.length === 0 ? "ok      " : "FAILED  "} ${document}`);
    for (const problem of problems) console.log(problem);
    total.passed += passed;
    total.failed += problems.length;
    total.failures.push(...problems);
  }
  return total;
}
