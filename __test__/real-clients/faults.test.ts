import PusherJs, { type PresenceChannel } from "pusher-js";
import { clientOptions, MockPusherServer, network, onWebhook, pusherMockState } from "pushrig";
import type { Page } from "playwright-core";
import { afterEach, expect, it, vi } from "vitest";
import { World } from "./world.js";

/** The cable of a page, and the time at its gateway: real pusher-js in Chromium, whose own clock Playwright moves. */

const world = World.forThisFile({ browser: true });
const server = new MockPusherServer({
  appId: "1",
  key: "mock-pusher-key",
  secret: "mock-pusher-secret",
  cluster: "eu",
});
let page: Page | undefined;
let other: PusherJs | undefined;

afterEach(async () => {
  other?.disconnect();
  await page?.close();
});

const CHANNEL = "presence-room";

interface Seen {
  states: string[];
  received: unknown[];
  members: string[];
}

/** What pusher-js in the page has seen. */
const seen = (): Promise<Seen> => page!.evaluate(() => (window as unknown as { seen: Seen }).seen);

/** A page on the channel, whose clock stands still from here on. */
async function openPage(): Promise<string> {
  page = await world.chromium().open(() => {});
  await page.clock.install();
  return page.evaluate(
    async ([url, name]) => {
      const client = new window.pushrig.MockPusherClient("mock-pusher-key", {
        cluster: "mock-cluster",
        url,
        user: { id: "page" },
        // Without it a page has a timer of its own that looks whether it is online.
        enabledTransports: ["ws"],
      } as never);
      const seen = { states: [] as string[], received: [] as unknown[], members: [] as string[] };
      Object.assign(window, { seen, client });
      const channel = client.subscribe(name);
      channel.bind("e", (data: unknown) => seen.received.push(data));
      await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
      client.connection.bind("state_change", ({ current }: { current: string }) => seen.states.push(current));
      return client.connection.socket_id as string;
    },
    [world.gateway.url, CHANNEL] as const,
  );
}

/** A client in Node on the channel, and who comes and goes there. */
async function openOther(): Promise<string[]> {
  const story: string[] = [];
  const user = { id: "other" };
  other = new PusherJs("mock-pusher-key", clientOptions({ url: world.gateway.url, user }));
  const channel = other.subscribe(CHANNEL) as PresenceChannel;
  for (const event of ["member_added", "member_removed"]) {
    channel.bind(`pusher:${event}`, ({ id }: { id: string }) => story.push(`${event} ${id}`));
  }
  await vi.waitFor(() => expect(channel.members.count).toBe(2), 10_000);
  return story;
}

it(
  "a silent page is unavailable, the service lets go of it, and it comes back: nobody waits for real time",
  { timeout: 60_000 },
  async () => {
    const webhooks: string[] = [];
    const told = onWebhook(async (request) => {
      for (const { name, user_id: user = "" } of (await request.json()).events) webhooks.push(`${name} ${user}`.trim());
      return new Response();
    });
    const socketId = await openPage();
    const story = await openOther();
    await vi.waitFor(() => expect(webhooks).toContain("member_added other"));
    webhooks.length = 0;

    const silence = network().silence(socketId);
    await server.trigger(CHANNEL, "e", "while it is silent");
    const did = await world.gateway.advance("150s");
    expect(did.cut).toEqual([{ socketId, code: 4201 }]);
    expect(did.text).toContain(`cut ${socketId} with 4201 (no pong)`);
    await vi.waitFor(() => expect(story).toEqual(["member_removed page"]));
    expect(await seen()).toEqual({ states: [], received: [], members: [] });
    await world.gateway.advance("3s");
    expect(webhooks).toEqual(["member_removed page"]);

    // The page notices by its own clock: a ping after 120 seconds, 30 for the pong, 10 until it says so.
    await page!.clock.runFor(149_000);
    expect((await seen()).states).toEqual([]);
    await page!.clock.runFor(12_000);
    expect((await seen()).states).toEqual(["connecting", "unavailable"]);

    silence.restore();
    await expect
      .poll(async () => {
        await page!.clock.runFor(1_000);
        return (await seen()).states.at(-1);
      })
      .toBe("connected");
    await expect.poll(() => pusherMockState.getSubscriberCount(CHANNEL)).toBe(2);
    await vi.waitFor(() => expect(story).toEqual(["member_removed page", "member_added page"]));
    await server.trigger(CHANNEL, "e", "when it is back");
    await expect.poll(async () => (await seen()).received).toEqual(["when it is back"]);
    await vi.waitFor(() => expect(webhooks).toEqual(["member_removed page", "member_added page"]));
    told.remove();
  },
);

it("a page whose laptop was closed for ten minutes wakes up late, and comes back", { timeout: 60_000 }, async () => {
  const socketId = await openPage();
  network().simulate("laptop-lid");
  await server.trigger(CHANNEL, "e", "while it is closed");
  const did = await world.gateway.advance("10m");
  expect(did.cut).toEqual([{ socketId, code: 4201 }]);
  expect(pusherMockState.getSubscriberCount(CHANNEL)).toBe(0);
  expect(await seen()).toEqual({ states: [], received: [], members: [] });
  // As when the lid opens: whatever was due fires once, and late.
  await page!.clock.fastForward("10:00");
  await expect
    .poll(async () => {
      await page!.clock.runFor(1_000);
      return (await seen()).states.at(-1);
    })
    .toBe("connected");
  await expect.poll(() => pusherMockState.getSubscriberCount(CHANNEL)).toBe(1);
  await server.trigger(CHANNEL, "e", "when it is open");
  await expect.poll(async () => (await seen()).received).toEqual(["when it is open"]);
});

it("a page that is silent for a moment gets everything in its order", { timeout: 60_000 }, async () => {
  const socketId = await openPage();
  const silence = network().silence(socketId);
  for (const data of [1, 2, 3]) await server.trigger(CHANNEL, "e", data);
  silence.restore();
  await expect.poll(async () => (await seen()).received).toEqual([1, 2, 3]);
  expect((await seen()).states).toEqual([]);
});

it("a page answers in time, however much of the gateway's is skipped", { timeout: 60_000 }, async () => {
  const socketId = await openPage();
  const did = await world.gateway.advance("10m");
  expect([did.pinged.includes(socketId), did.cut]).toEqual([true, []]);
  expect((await seen()).states).toEqual([]);
});

it("events are lost, doubled and held on their way to one page", { timeout: 60_000 }, async () => {
  const client = await openPage();
  network().lose({ client, times: 1 });
  network().duplicate({ client, times: 1 });
  const held = network().hold({ client, times: 1 });
  for (const data of [1, 2, 3, 4]) await server.trigger(CHANNEL, "e", data);
  await expect.poll(async () => (await seen()).received).toEqual([2, 2, 4]);
  held.release();
  await expect.poll(async () => (await seen()).received).toEqual([2, 2, 4, 3]);
});

it("who has a signature of the application's is refused as its endpoint would have refused it", async () => {
  network().failAuthorization({ channel: "presence-*", status: 401, message: "not you", times: 1 });
  const connect = (): PusherJs =>
    new PusherJs("mock-pusher-key", {
      ...clientOptions({ url: world.gateway.url }),
      channelAuthorization: {
        transport: "ajax",
        endpoint: "",
        customHandler: ({ socketId, channelName }, callback) =>
          callback(null, server.authorizeChannel(socketId, channelName, { user_id: "ada" })),
      },
    });
  other = connect();
  const refused = await new Promise((resolve) => other!.subscribe(CHANNEL).bind("pusher:subscription_error", resolve));
  expect(refused).toEqual({ type: "AuthError", error: "not you", status: 401 });
  expect(pusherMockState.getSubscriberCount(CHANNEL)).toBe(0);

  other.disconnect();
  other = connect();
  await new Promise((resolve) => other!.subscribe(CHANNEL).bind("pusher:subscription_succeeded", resolve));
});
