// docs/fidelity.md names the test that shows a behaviour: files, scenarios, titles, traps by their number. All of them are there.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(fromRoot(path), "utf8");

const SCENARIOS = ["__test__/differential/scenarios.ts", "__test__/differential/client.test.ts"];
/** Where the traps of a section are. Deviations are told of the client. */
const TRAPS = { client: "__test__/client/traps.test.ts", server: "__test__/server/traps.test.ts" };

interface Row {
  section: "client" | "server";
  behaviour: string;
  shownBy: string;
}

/** The rows of the tables. */
function rowsOf(document: string): Row[] {
  let section: Row["section"] = "client";
  const rows: Row[] = [];
  for (const line of document.split("\n")) {
    if (line.startsWith("## ")) section = line === "## The server" ? "server" : "client";
    const cells = line.split("|").map((cell) => cell.trim());
    if (cells.length < 4 || cells[1].startsWith("---") || cells.at(-2) === "Shown by") continue;
    rows.push({ section, behaviour: cells[1], shownBy: cells.at(-2) as string });
  }
  return rows;
}

/** Files and folders in backquotes, from the root. */
function filesOf({ shownBy }: Row): string[] {
  const paths = [...shownBy.matchAll(/`([\w./-]+(?:\.ts|\.rs|\/))`/g)].map(([, path]) => path);
  return paths.map((path) => (/^(tests|src|__test__)\//.test(path) ? path : `__test__/${path}`));
}

/** Every number of "trap 3", "traps 1, 2" and "traps 14 to 17". */
function trapsOf({ shownBy }: Row): number[] {
  return [...shownBy.matchAll(/\btraps? ([\d, to]+)/g)].flatMap(([, list]) =>
    list.split(",").flatMap((part) => {
      const [first, last = first] = part.split(" to ").map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    }),
  );
}

/** What of a row leads nowhere. */
function dead(row: Row): string[] {
  const files = filesOf(row);
  const missing = files.filter((path) => !existsSync(fromRoot(path)));
  const text = [...SCENARIOS, ...files.filter((path) => /\.\w+$/.test(path) && !missing.includes(path))]
    .map(read)
    .join("\n");
  // A title ends in "…" where it goes on.
  const titles = [...row.shownBy.matchAll(/"([^"]+)"/g)].map(([, title]) => title.replace(/ ?….*$/, ""));
  const traps = read(TRAPS[row.section]);
  return [
    ...missing,
    ...titles.filter((title) => !text.includes(title)).map((title) => `"${title}"`),
    ...trapsOf(row)
      .filter((number) => !new RegExp(`\\bit\\("${number}\\. `).test(traps))
      .map((number) => `trap ${number}`),
  ];
}

const rows = rowsOf(read("docs/fidelity.md"));

describe("docs/fidelity.md", () => {
  it.each(rows)("$behaviour", (row) => {
    expect(dead(row)).toEqual([]);
    // In words there may be more; a row that names nothing shows nothing.
    expect(filesOf(row).length + trapsOf(row).length + (row.shownBy.match(/"/g)?.length ?? 0)).toBeGreaterThan(0);
  });

  it("is found out where it names what is not there", () => {
    const row = (shownBy: string): Row => ({ section: "client", behaviour: "", shownBy });
    expect(dead(row("`client/nothing.test.ts`"))).toEqual(["__test__/client/nothing.test.ts"]);
    expect(dead(row('scenario "nobody plays this…"'))).toEqual(['"nobody plays this"']);
    expect(dead(row("traps 3, 97 to 98"))).toEqual(["trap 97", "trap 98"]);
  });
});
