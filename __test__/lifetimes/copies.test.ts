import { expect, it } from "vitest";
import { results } from "../support/child";

it(
  "copies of the package on one thread share the broker, and leave it when they are collected",
  { timeout: 30_000 },
  async () => {
    const [copied, heard, reloaded, heardAgain, after] = await results("copies.cjs", import.meta.url, {
      flags: ["--expose-gc"],
    });
    expect(copied).toEqual({ copies: true, seen: 2 });
    expect(heard).toEqual(["copy 1", "copy 2", "first 1", "first 2"]);
    expect(reloaded).toMatchObject({ copies: true });
    // The copy before may be there still.
    expect(heardAgain).toEqual(expect.arrayContaining(["copy 1", "copy 2", "first 1", "first 2"]));
    expect(after[1]).toBe("first 3");
  },
);

it("what a copy loads on demand is its own, also when another one has come in its place", async () => {
  const [isOf] = await results("parts.cjs", import.meta.url);
  expect(isOf).toEqual([
    [true, false],
    [false, true],
  ]);
});
