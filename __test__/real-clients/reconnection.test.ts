import { listen } from "pushrig";
import { describe, expect, it } from "vitest";
import { type RealClient, inChromium, inNode } from "./client.js";
import { World } from "./world.js";

const world = World.forThisFile({ browser: true });

/** The seconds from the beginning of a disturbance until the client is back. */
async function isBack(client: RealClient, disturb: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await disturb();
  await client.next("", "connected");
  const seconds = (performance.now() - start) / 1000;
  await expect.poll(() => world.subscribers("presence-room")).toBe(1);
  await world.server.trigger("presence-room", "news", { text: "again" });
  expect(await client.next("presence-room", "news")).toEqual({ text: "again" });
  expect(await client.members("presence-room")).toEqual(["ann"]);
  return seconds;
}

/** Closes the gateway; another one listens on its port. */
async function replace(code: number): Promise<void> {
  const { port } = world.gateway;
  await world.gateway.close({ code });
  world.gateway = await listen({ port });
}

async function present(library: Parameters<World["connect"]>[0]): Promise<RealClient> {
  const client = await world.connect(library, "ann");
  await client.subscribe("presence-room", "news");
  await client.next("", "connected");
  return client;
}

describe.each([
  inNode,
  inChromium(world.chromium, "pushrig"),
  inChromium(world.chromium, "pusher-js", "xhr_streaming"),
  inChromium(world.chromium, "pusher-js", "xhr_polling"),
])("$name", { timeout: 30_000 }, (library) => {
  it("is back, and on its channels, within 3 seconds of a restart", async () => {
    const client = await present(library);
    expect(await isBack(client, () => world.gateway.restart())).toBeLessThan(3);
  });

  it("is back when the gateway has closed and another one listens on its port", async () => {
    const client = await present(library);
    expect(await isBack(client, () => replace(4100))).toBeLessThan(3);
  });
});

it("a tab is back over some transport after a goodbye that makes it try at once", { timeout: 30_000 }, async () => {
  const client = await present(inChromium(world.chromium, "pushrig", "any transport"));
  // If it was faster than the new gateway, pusher-js tries the next transport after 5 seconds.
  expect(await isBack(client, () => replace(4200))).toBeLessThan(8);
});
