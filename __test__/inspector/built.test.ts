// The page as it is built: one file, small, that asks nobody else.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

const page = readFileSync(fileURLToPath(new URL("../../dist/inspector.html", import.meta.url)), "utf8");

it("has at most 40 kB, compressed", () => {
  expect(gzipSync(page, { level: 9 }).length).toBeLessThanOrEqual(40_000);
});

it("names the one script and the one style that may run by their hashes, and nobody to ask but its gateway", () => {
  const [, policy = ""] = /content="(default-src[^"]*)"/.exec(page) ?? [];
  const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const [scripts, styles] = ["script", "style"].map((tag) =>
    [...page.matchAll(new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`, "g"))].map(([, text]) => text),
  );
  expect([scripts.length, styles.length]).toEqual([1, 1]);
  expect(policy).toContain(`script-src ${hashOf(scripts[0])}`);
  expect(policy).toContain(`style-src ${hashOf(styles[0])}`);
  expect(policy).toContain("default-src 'none'; connect-src 'self'");
});
