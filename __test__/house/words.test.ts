// A word has one meaning: what two files export under one name is one thing, which one of them passes on.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "@swc/core";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

type Named = { value: string };
type Pattern = { value?: string | Pattern; key?: Named; elements?: Array<Pattern | null>; properties?: Pattern[] };
type Node = { type: string; [field: string]: unknown };

/** The names that a file exports and declares itself. */
function declaredBy(path: string, source: string): string[] {
  const { body } = parseSync(source, { syntax: "typescript", tsx: path.endsWith("x") }) as unknown as {
    body: Node[];
  };
  const imported = new Set(
    body
      .filter(({ type }) => type === "ImportDeclaration")
      .flatMap(({ specifiers }) => (specifiers as Array<{ local: Named }>).map(({ local }) => local.value)),
  );
  return body.flatMap((item) => {
    if (item.type === "ExportDeclaration") return namesOf(item.declaration as Node);
    if (item.type !== "ExportNamedDeclaration" || item.source != null) return [];
    const specifiers = item.specifiers as Array<{ orig: Named; exported: Named | null }>;
    return specifiers
      .filter(({ orig }) => !imported.has(orig.value))
      .map(({ orig, exported }) => (exported ?? orig).value);
  });
}

function namesOf(declaration: Node): string[] {
  const { type, declarations, identifier, id } = declaration;
  if (type !== "VariableDeclaration") return [((identifier ?? id) as Named).value];
  return (declarations as Array<{ id: Pattern }>).flatMap((one) => boundBy(one.id));
}

/** A name, or those in `[a, b]` and `{ a, b: c }`. */
function boundBy(pattern: Pattern): string[] {
  if (pattern.value !== undefined) return typeof pattern.value === "string" ? [pattern.value] : boundBy(pattern.value);
  if (pattern.key !== undefined) return [pattern.key.value];
  return (pattern.elements ?? pattern.properties ?? []).flatMap((one) => (one === null ? [] : boundBy(one)));
}

/** Names that several files declare, each with those files. Entries say again what rooms say: `network` is `network` at each of them. */
function doubles(files: Record<string, string>): string[] {
  const places = new Map<string, Set<string>>();
  for (const [path, source] of Object.entries(files)) {
    if (/^lib\/([^/]+|(shims|stubs)\/.*)$/.test(path)) continue;
    for (const name of declaredBy(path, source)) places.set(name, (places.get(name) ?? new Set()).add(path));
  }
  return [...places].filter(([, of]) => of.size > 1).map(([name, of]) => `${name}: ${[...of].join(", ")}`);
}

it("has one meaning for each word that a file of lib/ exports", () => {
  const paths = readdirSync(join(root, "lib"), { recursive: true, encoding: "utf8" }).filter((path) =>
    /\.m?tsx?$/.test(path),
  );
  expect(paths.length).toBeGreaterThan(200);
  const read = (path: string) => [`lib/${path.replaceAll("\\", "/")}`, readFileSync(join(root, "lib", path), "utf8")];
  expect(doubles(Object.fromEntries(paths.map(read)))).toEqual([]);
});

it("finds a word that two files mean differently, whatever they declare", () => {
  const found = doubles({
    "lib/app/network.ts": "export interface Place { line: string }\nexport const [LIMIT, most] = [1, 2];",
    "lib/base/call-place.ts": "export class Place {}\nconst own = 1;\nexport { own as most };",
    "lib/inspector/views/most.tsx": "export function most() { return <p>here</p>; }",
  });
  expect(found).toEqual([
    "Place: lib/app/network.ts, lib/base/call-place.ts",
    "most: lib/app/network.ts, lib/base/call-place.ts, lib/inspector/views/most.tsx",
  ]);
});

it("takes what is passed on for the same thing, also under a name of its own, and an entry for what says it again", () => {
  const found = doubles({
    "lib/app/network.ts": "export class Network {}",
    "lib/mock/network.ts":
      'export { Network } from "../app/network.js";\nimport { Network as There } from "../app/network.js";\nexport { There };',
    "lib/browser.ts": "export class Network {}",
    "lib/stubs/pushrig.ts": "export class Network {}",
  });
  expect(found).toEqual([]);
});
