// What rolldown.config.mjs leaves out of the entry: the parts that are loaded on demand, and nothing else.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const lib = (...path: string[]) => join(root, "lib", ...path);

interface Entry {
  input: Record<string, string>;
  external: (id: string, importer?: string) => boolean;
}

const config = (await import(join(root, "rolldown.config.mjs"))) as { default: [Entry] };
const [{ input, external }] = config.default;
const parts = Object.keys(input).filter((name) => name !== "index");

it("leaves out each part that is loaded on demand, whoever asks for it", () => {
  expect(parts).toContain("control/answers");
  for (const part of parts) {
    const [room, file] = [dirname(part), basename(part)];
    expect(external(`./${file}.js`, lib(room, "other.ts"))).toBe(true);
    expect(external(`../${part}.js`, lib("app", "rig.ts"))).toBe(true);
    expect(external(`./${part}.js`, lib("index.ts"))).toBe(true);
    expect(external(lib(`${part}.js`), lib("index.ts"))).toBe(true);
  }
});

it("keeps a file in the entry that has the name of such a part, in another room", () => {
  for (const part of parts) {
    const file = basename(part);
    expect(external(`./${file}.js`, lib("elsewhere", "other.ts"))).toBe(false);
    expect(external(`../elsewhere/${file}.js`, lib("app", "rig.ts"))).toBe(false);
    expect(external(`some-package/${file}.js`, lib("app", "rig.ts"))).toBe(false);
  }
});

it("finds every part where the entry asks for it", () => {
  const asked = ["index", "everyday", "journal", ...parts].flatMap((name) => {
    const text = readFileSync(join(root, "dist", `${name}.js`), "utf8");
    const from = join(root, "dist", name, "..");
    return [...text.matchAll(/require\("(\.[^"]+)"\)/g)].map(([, id]) => join(from, id));
  });
  for (const part of parts) expect(asked).toContain(join(root, "dist", `${part}.js`));
});

it("reads nothing else for a part that is small", () => {
  const small = ["client/endpoints", "client/makings", "app/delayed", "native/why-not"];
  for (const part of [...small, "options/gateway-client", "server/received-webhook"]) {
    expect(parts).toContain(part);
    const text = readFileSync(join(root, "dist", `${part}.js`), "utf8");
    const others = [...text.matchAll(/^(?:\S.*= )?require\("(\.[^"]+)"\)/gm)].map(([, id]) => id);
    expect([part, ...others]).toEqual([part]);
  }
});
