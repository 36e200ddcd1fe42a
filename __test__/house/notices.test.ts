/** The licences that travel with the binary. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { checkLicences } from "../../scripts/bundled.mjs";
import { licencesOf, linkedCrates, notices, noticesOf } from "../../scripts/notices.mjs";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A crate whose folder has these files. */
function crate(name: string, license: string, files: Record<string, string>, authors: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "pushrig-"));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return { name, version: "1.0.0", license, authors, manifest_path: join(folder, "Cargo.toml") };
}

describe("the notices of the binary", () => {
  it("name every crate that is linked into it with its licence, and none that only builds it or is a macro", async () => {
    const text: string = await notices();
    for (const name of ["hyper", "tokio", "parking_lot", "serde_json", "napi", "subtle", "libloading"]) {
      expect(text).toMatch(new RegExp(`^(.*, )?${name} \\d`, "m"));
    }
    for (const name of ["napi-build", "napi-derive", "serde_derive", "proptest", "tungstenite", "pushrig"]) {
      expect(text).not.toMatch(new RegExp(`^(.*, )?${name} \\d`, "m"));
    }
    for (const words of [
      "Redistributions in binary form",
      "Permission is hereby granted",
      "Permission to use, copy, modify",
      "altered source",
    ])
      expect(text.toLowerCase()).toContain(words.toLowerCase());
  });

  it("have a text for two crates that share it once, and choose MIT where there is a choice", () => {
    const one = crate("one", "MIT", { LICENSE: "the licence" });
    const two = crate("two", "Apache-2.0 OR MIT", {
      "LICENSE-MIT": "the licence",
      "LICENSE-APACHE": "long",
      NOTICE: "of two",
    });
    const text: string = noticesOf([one, two]);
    expect(text.split("the licence")).toHaveLength(2);
    expect(text).toContain("one 1.0.0, two 1.0.0");
    expect(text).toContain("of two");
    expect(text).not.toContain("long");
  });

  it("fall back to the text of the MIT licence and the authors, and fail for any other without a file", () => {
    const [text] = licencesOf(crate("bare", "MIT", {}, ["Ann", "Bob"]));
    expect(text).toMatch(/^Copyright \(c\) Ann, Bob\n\nPermission is hereby granted/);
    expect(() => licencesOf(crate("odd", "BSD-3-Clause", {}))).toThrow(
      /odd \(BSD-3-Clause\) has no file with its licence/,
    );
  });

  it("follow what is linked only", () => {
    const lib = { targets: [{ kind: ["lib"] }] };
    const packages = [
      { id: "me", name: "me", ...lib },
      { id: "a", name: "a", ...lib },
      { id: "b", name: "b", ...lib },
      { id: "macro", name: "macro", targets: [{ kind: ["proc-macro"] }] },
      { id: "dev", name: "dev", ...lib },
    ];
    const dep = (pkg: string, kind: string | null = null) => ({ pkg, dep_kinds: [{ kind }] });
    const nodes = [
      { id: "me", deps: [dep("b"), dep("dev", "dev")] },
      { id: "b", deps: [dep("a"), dep("macro")] },
      { id: "a", deps: [dep("b")] },
      { id: "macro", deps: [dep("dev")] },
      { id: "dev", deps: [] },
    ];
    const linked: Array<{ name: string }> = linkedCrates({ packages, resolve: { root: "me", nodes } });
    expect(linked.map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

describe("the notices of a bundle", () => {
  it("name every package that is in it with its licence", () => {
    const text = readFileSync(fileURLToPath(new URL("../../dist/command/mcp.licences.txt", import.meta.url)), "utf8");
    for (const name of ["@modelcontextprotocol/sdk", "zod"])
      expect(text).toMatch(new RegExp(`^(.*, )?${name} \\d`, "m"));
    expect(text).toContain("Permission is hereby granted");
    expect(text).not.toMatch(/^(.*, )?(express|hono|pushrig) \d/m);
  });

  it("refuse a licence that asks for more than a notice", () => {
    const mit = { name: "one", license: "(GPL-3.0 OR MIT)" };
    expect(() => checkLicences([mit])).not.toThrow();
    expect(() => checkLicences([mit, { name: "two", license: "AGPL-3.0" }])).toThrow(
      /the bundle contains two, whose licence is AGPL-3.0; allowed are .*MIT/,
    );
    expect(() => checkLicences([{ name: "three" }])).toThrow(/three, whose licence is undefined/);
  });
});
