// `node scripts/notices.mjs [TARGET]`: prints the licences of what is linked into the binary for a Rust target, by default this
// machine's, as their authors want them passed on.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { must } from "./command.mjs";

const LICENCE_FILE = /^(licen[cs]e|copying|notice|unlicense)/i;

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/**
 * The crates that end up in the binary, from what `cargo metadata` tells: not those that only build or test it, and no macros.
 * Sorted by name.
 */
export function linkedCrates({ packages, resolve }) {
  const known = new Map(packages.map((one) => [one.id, one]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const linked = new Set();
  const visit = (id) => {
    if (linked.has(id)) return;
    linked.add(id);
    for (const { pkg, dep_kinds } of nodes.get(id).deps) {
      const isMacro = known.get(pkg).targets.every(({ kind }) => kind.includes("proc-macro"));
      if (!isMacro && dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  visit(resolve.root);
  linked.delete(resolve.root);
  return [...linked].map((id) => known.get(id)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The texts under which a crate may be passed on. Of several licences to choose from, MIT. Throws where there is none. */
export function licencesOf({ name, license, authors, manifest_path }) {
  const folder = dirname(manifest_path);
  const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file));
  const isMit = (license ?? "").split(/ OR |\//).some((choice) => choice.trim() === "MIT");
  const chosen = isMit && files.includes("LICENSE-MIT") ? files.filter(isNoOtherChoice) : files;
  const texts = chosen.map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim());
  if (texts.length > 0) return texts;
  if (!isMit) throw new Error(`${name} (${license}) has no file with its licence in ${folder}`);
  return [`Copyright (c) ${authors.length > 0 ? authors.join(", ") : `the authors of ${name}`}\n\n${MIT}`];
}

/** Not one of the licences that were not chosen, beside MIT. */
function isNoOtherChoice(file) {
  return !/^(licen[cs]e-(?!mit|third)|copying$|unlicense|licen[cs]e$)/i.test(file);
}

const OF_THE_BINARY =
  "The binary of pushrig contains the Rust standard library (MIT or Apache-2.0, https://github.com/rust-lang/rust) and these crates.";

/** The whole text, below a sentence that says of what: crates, or packages, with the same licence, word for word, stand together. */
export function noticesOf(crates, of = OF_THE_BINARY) {
  const byText = new Map();
  for (const crate of crates) {
    for (const text of licencesOf(crate)) {
      const names = byText.get(text) ?? [];
      byText.set(text, [...names, `${crate.name} ${crate.version}`]);
    }
  }
  const parts = [...byText].map(([text, names]) => `${names.join(", ")}\n\n${text}`);
  return `${[of, ...parts].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

/** The notices for a Rust target. */
export async function notices(target) {
  target ??= /^host: (.+)$/m.exec((await must(["rustc", "-vV"], { quiet: true })).answer)?.[1];
  const { answer } = await must(
    ["cargo", "metadata", "--format-version=1", "--locked", `--filter-platform=${target}`],
    { quiet: true },
  );
  return noticesOf(linkedCrates(JSON.parse(answer)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.stdout.write(await notices(process.argv[2]));
