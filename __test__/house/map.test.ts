// CONTRIBUTING.md is the map of the house: what it names is there, and every room is on it.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const map = readFileSync(fromRoot("CONTRIBUTING.md"), "utf8");
const named = [...map.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name);

it("names files that are there", () => {
  const files = named.filter((name) => /^[\w./-]+\/[\w.-]+\.(ts|rs|mjs|md)$/.test(name));
  expect(files.length).toBeGreaterThan(15);
  const roots = ["", "lib/", "src/", "src/broker/", "src/gateway/", "__test__/"];
  const places = (file: string) => roots.map((root) => root + file);
  expect(files.filter((file) => !places(file).some((place) => existsSync(fromRoot(place))))).toEqual([]);
});

it("has every room of lib/ on it, and no other", () => {
  const rooms = readdirSync(fromRoot("lib"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const [, table] = /`lib\/` is a house[^]*?\n\n(\|[^]*?)\n\n/.exec(map)!;
  const rows = table.split("\n").filter((line) => /^\| \d+ \|/.test(line));
  const onTheMap = rows.flatMap((row) => [...row.split("|")[2].matchAll(/`([\w-]+)\/`/g)].map(([, room]) => room));
  expect(onTheMap.sort()).toEqual(rooms.sort());
});

it("has every entry on it", () => {
  const entries = readdirSync(fromRoot("lib")).flatMap((file) => /^(.+)\.m?ts$/.exec(file)?.[1] ?? []);
  const [row] = /^\| 1 \| `lib\/\*\.ts`.*$/m.exec(map)!;
  const names = [...row.matchAll(/`([\w*-]+)`/g)].map(([, name]) => new RegExp(`^${name.replace("*", ".*")}$`));
  expect(entries.filter((entry) => !names.some((name) => name.test(entry)))).toEqual([]);
});

const [, floorsOfSrc] = /### The floors of `src\/`[^]*?\n\n(\|[^]*?)\n\n/.exec(map)!;

it("has the floors of src/ on it, as they are checked", () => {
  const [, list] = /const FLOORS: &\[&str\] = &\[([^]*?)\];/.exec(readFileSync(fromRoot("tests/floors.rs"), "utf8"))!;
  const checked = [...list.matchAll(/"(\w[\w:]*)"/g)].map(([, module]) => module);
  const rows = floorsOfSrc.split("\n").filter((line) => /^\| \d+ \|/.test(line));
  const onTheMap = rows.flatMap((row) => {
    const [first, ...others] = [...row.split("|")[2].matchAll(/`([\w:]+)\/?`/g)].map(([, module]) => module);
    const folder = first.replace(/\w+$/, "");
    return [first, ...others.map((other) => (other.includes("::") ? other : folder + other))];
  });
  expect(onTheMap).toEqual(checked);
});

it("names every subject of the broker's rules and records", () => {
  for (const folder of ["rules", "records"]) {
    const row = floorsOfSrc.split("\n").find((line) => line.includes(`| \`broker::${folder}\` |`))!;
    const subjects = readdirSync(fromRoot(`src/broker/${folder}`)).flatMap(
      (file) => /^(\w+)\.rs$/.exec(file)?.[1] ?? [],
    );
    expect(subjects.filter((subject) => subject !== "mod" && !row.includes(`\`${subject}\``))).toEqual([]);
  }
});
