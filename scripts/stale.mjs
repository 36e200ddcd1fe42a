// What was done with which inputs: a step whose inputs have not changed since it last succeeded need not run again.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. Every path in `scripts/` is relative to it. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const memory = join(root, ".cache", "done.json");
const generated = new Set(
  // The second line is what Next.js and the example make.
  `node_modules target dist .cache .git
   .next next-env.d.ts tsconfig.tsbuildinfo data .env.local`.split(/\s+/),
);

function* filesBelow(path) {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return;
  if (!statSync(absolute).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(absolute).sort()) {
    if (!generated.has(name)) yield* filesBelow(join(path, name));
  }
}

/** A hash over names and contents of files and folders; a missing one counts as empty. */
export function contentHash(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const file of filesBelow(path)) {
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

function recall() {
  try {
    return JSON.parse(readFileSync(memory, "utf8"));
  } catch {
    return {};
  }
}

/** What `remember` was last told about this step, if that was for the same inputs. */
export function remembered(step, inputs) {
  const entry = recall()[step];
  return entry?.inputs === inputs ? entry.result : undefined;
}

/** Notes that a step succeeded with these inputs; `result` is any JSON value but undefined. */
export function remember(step, inputs, result) {
  mkdirSync(dirname(memory), { recursive: true });
  writeFileSync(memory, JSON.stringify({ ...recall(), [step]: { inputs, result } }, null, 2));
}
