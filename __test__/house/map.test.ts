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
