import { expect, it } from "vitest";
import { inChromium } from "./client.js";
import { behaveAsClients } from "./stories.js";
import { World } from "./world.js";

const world = World.forThisFile({ browser: true });
const { chromium } = world;

behaveAsClients(world, [
  inChromium(chromium, "pusher-js", "ws"),
  inChromium(chromium, "pusher-js", "xhr_streaming"),
  inChromium(chromium, "pusher-js", "xhr_polling"),
  inChromium(chromium, "pushrig"),
  inChromium(chromium, "laravel-echo"),
]);

it("pages have contacted the gateway and their own server, and nobody else", () => {
  const hosts = new Set(chromium().contacted.map(({ host }) => host));
  expect([...hosts].toSorted()).toEqual([new URL(world.gateway.url).host, new URL(chromium().origin).host].toSorted());
});
