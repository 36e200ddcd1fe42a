import { expect, it } from "vitest";
import { results } from "../support/child";

it("a client that nobody holds leaves the broker when it is collected", async () => {
  const [ended] = await results("collected.cjs", import.meta.url, { flags: ["--expose-gc"] });
  expect(ended).toEqual({
    refused: expect.not.stringMatching(/^connected$/),
    state: "connected",
    tries: true,
    held: "connected",
  });
});

it("a client lives on while somebody listens to its connection", async () => {
  const [ended] = await results("listening.cjs", import.meta.url, { flags: ["--expose-gc"] });
  expect(ended).toEqual({ there: true, heard: "disconnected" });
});

it("a client that was refused by itself is held by nobody for that", async () => {
  const [ended] = await results("refused.cjs", import.meta.url, { flags: ["--expose-gc"] });
  expect(ended).toEqual({ isCollected: true });
});

it("worlds that were closed go with the next young garbage collection, without waiting for a full one", async () => {
  const [ended] = await results("young.cjs", import.meta.url, { flags: ["--expose-gc"] });
  // A world takes 16 and more; lists that held on to what had been taken out kept a third of each.
  expect((ended as { left: number }).left).toBeLessThan(2.5);
});
