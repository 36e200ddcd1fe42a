// `Remote.events()`, at the streams of real gateways.
import { createMockPusher, type Gateway, type MockPusher, type MockPusherOptions } from "pushrig";
import { expect, it, onTestFinished, vi } from "vitest";
import { Remote } from "../../lib/remote/remote.js";
import { type ServerSent, serverSent } from "../../lib/remote/server-sent.js";
import type { Followed, Following } from "../../lib/remote/shapes.js";
import { wireTo } from "../support/wire.js";

interface World {
  app: MockPusher;
  gateway: Gateway;
  remote: Remote;
}

async function world(options: MockPusherOptions = {}): Promise<World> {
  const app = createMockPusher(options);
  onTestFinished(() => app.close());
  const gateway = await app.listen({ port: 0 });
  return { app, gateway, remote: new Remote(gateway.url) };
}

/** What is followed, in the background. */
class Follower {
  readonly heard: Followed[] = [];
  readonly ended: Promise<unknown>;
  readonly #stop = new AbortController();

  constructor(remote: Remote, following: Following = {}) {
    this.ended = this.#read(remote.events({ signal: this.#stop.signal, ...following })).catch(
      (error: unknown) => error,
    );
    onTestFinished(async () => void (await this.stop()));
  }

  async #read(events: AsyncIterable<Followed>): Promise<void> {
    for await (const followed of events) this.heard.push(followed);
  }

  async stop(): Promise<unknown> {
    this.#stop.abort();
    return this.ended;
  }

  /** The events that were heard of, by name. */
  get events(): string[] {
    return this.heard.flatMap((one) => (one.type === "entry" && one.entry.event ? [one.entry.event] : []));
  }

  /** Resolves once it is so. */
  async until(isSo: (heard: Followed[]) => boolean): Promise<void> {
    await vi.waitUntil(() => isSo(this.heard), { timeout: 20_000, interval: 5 });
  }

  hears(event: string): Promise<void> {
    return this.until(() => this.events.includes(event));
  }
}

it("tells everything behind a place in the journal, in order and once", async () => {
  const { app, remote } = await world();
  await app.server.trigger("task-1", "before", {});
  const { seq } = await remote.mark();
  await app.server.trigger("task-1", "first", { n: 1 });
  const follower = new Follower(remote, { after: seq });
  await follower.hears("first");
  for (let n = 0; n < 200; n += 1) await app.server.trigger("task-1", `e${n}`, {});
  await follower.hears("e199");
  expect(follower.events).toEqual(["first", ...Array.from({ length: 200 }, (_, n) => `e${n}`)]);
  expect(follower.heard[0]).toMatchObject({ entry: { seq: seq + 1, data: '{"n":1}' } });
  expect(await follower.stop()).toBeUndefined();
});

it("tells what happens from now on, where no place is named", async () => {
  const { app, remote } = await world();
  await app.server.trigger("task-1", "before", {});
  const follower = new Follower(remote);
  await vi.waitFor(async () => {
    await app.server.trigger("task-1", "now", {});
    expect(follower.events).toContain("now");
  }, 20_000);
  expect(follower.events).not.toContain("before");
});

it("tells what is asked for: a channel, kinds, the beginning of data", async () => {
  const { app, remote } = await world();
  app.client({ name: "ada" }).subscribe("task-1");
  await app.server.trigger("task-2", "elsewhere", {});
  await app.server.trigger("task-1", "here", "a long text");
  const follower = new Follower(remote, { after: 0, channel: "task-1", kinds: ["triggered"], beginning: 4 });
  await follower.hears("here");
  expect(follower.heard).toMatchObject([{ type: "entry", entry: { channel: "task-1", data: "a lo" } }]);
});

it("misses nothing and tells nothing twice where its connection is cut, again and again", async () => {
  const { app, gateway } = await world();
  const wire = await wireTo(gateway.port);
  const follower = new Follower(new Remote(wire.url), { after: 0 });
  for (let n = 0; n < 30; n += 1) {
    await app.server.trigger("task-1", `e${n}`, {});
    if (n % 10 === 5) {
      await follower.hears(`e${n}`);
      wire.cut();
      await app.server.trigger("task-1", `cut${n}`, {});
      wire.mend();
    }
  }
  await follower.hears("e29");
  const told = follower.heard.flatMap((one) => (one.type === "entry" ? [one.entry.seq] : []));
  expect(told).toEqual(Array.from({ length: told.length }, (_, n) => n + 1));
  expect(told.length).toBe(33);
});

it("tells that a page begins anew", async () => {
  const { app, remote } = await world();
  await app.server.trigger("task-1", "before", {});
  const follower = new Follower(remote, { after: 0 });
  await follower.hears("before");
  const start = await remote.reset();
  await app.server.trigger("task-1", "after", {});
  await follower.hears("after");
  expect(follower.heard.map((one) => (one.type === "reset" ? one.start : one.type))).toEqual(["entry", start, "entry"]);
});

it("tells what was forgotten before it could be read", async () => {
  const { app, remote } = await world({ limits: { journal: 10 } as object });
  for (let n = 0; n < 30; n += 1) await app.server.trigger("task-1", `e${n}`, {});
  const follower = new Follower(remote, { after: 2 });
  await follower.hears("e29");
  expect(follower.heard[0]).toEqual({ type: "gap", from: 3, to: 20 });
  expect(follower.events).toEqual(Array.from({ length: 10 }, (_, n) => `e${n + 20}`));
});

it("says that its gateway is away, and goes on in the same journal when it is back", async () => {
  const { app, gateway, remote } = await world();
  const { port } = gateway;
  const follower = new Follower(remote, { after: 0 });
  await app.server.trigger("task-1", "before", {});
  await follower.hears("before");
  await gateway.close();
  await follower.until((heard) => heard.some(({ type }) => type === "away"));
  await app.server.trigger("task-1", "meanwhile", {});
  await app.listen({ port });
  await follower.hears("meanwhile");
  expect(follower.heard.map(({ type }) => type)).toEqual(["entry", "away", "back", "entry"]);
  expect(follower.heard.slice(1, 3)).toEqual([
    { type: "away", text: expect.stringContaining(`no gateway answers at ${gateway.url}`) },
    { type: "back", isSame: true },
  ]);
});

it("survives a restart without a word", async () => {
  const { app, gateway, remote } = await world();
  const follower = new Follower(remote, { after: 0 });
  await app.server.trigger("task-1", "before", {});
  await follower.hears("before");
  await gateway.restart();
  await app.server.trigger("task-1", "after", {});
  await follower.hears("after");
  expect(follower.events).toEqual(["before", "after"]);
});

it("begins anew where another journal answers, even one that has as many entries", async () => {
  const { app, gateway, remote } = await world();
  const { port } = gateway;
  await app.server.trigger("task-1", "of the first", {});
  const follower = new Follower(remote, { after: 0 });
  await follower.hears("of the first");
  await gateway.close();
  await follower.until((heard) => heard.some(({ type }) => type === "away"));
  const second = createMockPusher();
  onTestFinished(() => second.close());
  for (const event of ["a", "b", "c"]) await second.server.trigger("task-1", event, {});
  await second.listen({ port });
  await follower.hears("c");
  expect(follower.events).toEqual(["of the first", "a", "b", "c"]);
  expect(follower.heard.slice(2, 4)).toEqual([
    { type: "back", isSame: false },
    { type: "reset", start: 0 },
  ]);
});

it("gives up when its patience is over, with the reason", async () => {
  const { gateway, remote, app } = await world();
  const follower = new Follower(remote, { after: 0, patience: 300 });
  await app.server.trigger("task-1", "before", {});
  await follower.hears("before");
  await gateway.close();
  expect(await follower.ended).toMatchObject({ code: "no-gateway" });
});

it("throws at once where there is no gateway, no such app or no such kind", async () => {
  const { gateway, remote } = await world();
  const first = (of: Remote, following?: Following): Promise<unknown> => of.events(following).next();
  await expect(first(remote.of("nobody"))).rejects.toMatchObject({ code: "unknown-app" });
  await expect(first(remote, { kinds: ["everything" as never] })).rejects.toThrow(
    'pushrig: kinds of events() names no kind "everything"',
  );
  await gateway.close();
  await expect(first(remote)).rejects.toMatchObject({ code: "no-gateway" });
});

it("hangs up when its reader leaves the loop, or calls it off", async () => {
  const { app, gateway } = await world();
  const wire = await wireTo(gateway.port);
  const remote = new Remote(wire.url);
  await app.server.trigger("task-1", "before", {});
  for await (const followed of remote.events({ after: 0 })) {
    expect(followed.type).toBe("entry");
    break;
  }
  const follower = new Follower(remote, { after: 0 });
  await follower.hears("before");
  expect(await follower.stop()).toBeUndefined();
  // What is left is kept open for the next question, by fetch.
  await gateway.close();
  await vi.waitFor(() => expect(wire.open).toBe(0), 20_000);
});

it.each([
  ["in pieces of one byte", 1],
  ["in one piece", 10_000],
])("reads a stream %s", async (_how, size) => {
  const text =
    'retry: 1000\n\n: a comment\nid: 1\nevent: entry\ndata: {"a":"ä\u2028€"}\n\n' +
    "data: first\ndata:second\r\n\r\n: \nid: 7\n\nevent:\rdata\r\rdata: cut";
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
  const sent: ServerSent[] = [];
  for await (const one of serverSent(body)) sent.push(one);
  expect(sent).toEqual([
    { type: "entry", data: '{"a":"ä\u2028€"}', id: "1" },
    { type: "message", data: "first\nsecond", id: undefined },
    { type: "message", data: "", id: "7" },
    { type: "", data: "", id: undefined },
  ]);
});
