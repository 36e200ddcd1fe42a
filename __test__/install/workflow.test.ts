// What the project's workflow does on other machines, as far as it can be shown on this one.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Job {
  needs?: string | string[];
  "runs-on": string;
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  strategy?: { matrix: { runner?: string[]; node?: number[]; include?: Array<{ target: string; runner: string }> } };
  steps: Array<{ run?: string; uses?: string; with?: Record<string, unknown> }>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, "utf8");
const { jobs } = parse(read(".github/workflows/release.yml")) as { jobs: Record<string, Job> };
const manifest = JSON.parse(read("package.json"));

const commandsOf = ({ steps }: Job) => steps.flatMap(({ run }) => run?.trim().split("\n") ?? []);
const needsOf = (name: string): string[] => {
  const direct = [jobs[name]?.needs ?? []].flat();
  return [...direct, ...direct.flatMap(needsOf)];
};

it("publishes only when every other job has succeeded", () => {
  expect([...new Set(needsOf("publish"))].toSorted()).toEqual(
    Object.keys(jobs)
      .filter((name) => name !== "publish")
      .toSorted(),
  );
});

it.each(Object.entries(jobs))("gives %s the least rights and an end", (_name, { permissions, steps, ...job }) => {
  expect(permissions?.contents).toBe("read");
  expect(job["timeout-minutes"]).toBeGreaterThan(0);
  const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
  expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
});

it("runs only what is there", () => {
  const commands = Object.values(jobs).flatMap(commandsOf);
  const named = (pattern: RegExp) =>
    commands.flatMap((command) => [...command.matchAll(pattern)].map(([, name = ""]) => name));
  const files = named(/\b(?:node|bash) ((?:[\w.]+\/)+[\w.-]+)/g);
  expect(files).toContain("scripts/package.mjs");
  expect(files.filter((file) => !existsSync(`${root}${file}`))).toEqual([]);
  const scripts = named(/\bnpm run ([\w:]+)/g);
  expect(scripts).toContain("build:lib");
  expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([]);
});

describe("tries Rust", () => {
  it("on the systems where npm test does not", () => {
    expect(commandsOf(jobs["cargo-test"]!)).toEqual(["cargo test --locked"]);
    expect(jobs["cargo-test"]?.strategy?.matrix.runner).toEqual([
      expect.stringContaining("macos"),
      expect.stringContaining("windows"),
    ]);
  });

  it("in the oldest version that Cargo.toml names, and CONTRIBUTING.md", () => {
    const [assignment, ...rest] = commandsOf(jobs["oldest-rust"]!);
    const version = execFileSync("bash", ["-c", `${assignment}; printf %s "$version"`], {
      cwd: root,
      encoding: "utf8",
    });
    expect(read("Cargo.toml")).toContain(`\nrust-version = "${version}"\n`);
    expect(read("CONTRIBUTING.md")).toContain(`Rust (${version} or newer`);
    expect(rest.map((line) => line.trim())).toEqual([
      'rustup toolchain install "$version" --profile minimal',
      'cargo "+$version" check --locked --all-targets',
    ]);
  });

  it("for licenses and advisories, of the platforms that binaries are for", () => {
    expect(commandsOf(jobs.deny!)).toEqual(["node scripts/deny.mjs"]);
    const targets = /^targets = \[([^\]]*)\]/m.exec(read("deny.toml"))?.[1]?.match(/[\w-]+/g);
    expect(targets).toEqual(manifest.napi.targets);
  });
});

describe("tries Node", () => {
  const documented = /^Node ([\d, and]+)\./m.exec(read("docs/installing.md"))?.[1]?.match(/\d+/g)?.map(Number);

  it.each(["test", "test-musl"])("in every version that docs/installing.md names: %s", (name) => {
    expect(documented).toContain(26);
    expect(jobs[name]?.strategy?.matrix.node).toEqual(documented);
  });

  it("in the same ones here", () => {
    const { optionalDependencies } = JSON.parse(read("__test__/matrix/fixtures/node/package.json"));
    const here = Object.keys(optionalDependencies).map((name) => Number(name.replace("node", "")));
    // The oldest is not packaged.
    expect(here).toEqual(documented?.slice(1));
    expect(read("docs/releasing.md").replace(/\s+/g, " ")).toContain(`Node ${documented?.slice(0, -1).join(", ")} and`);
  });
});
