import { MockPusherClient, pusherMockState } from "pushrig";
import { beforeEach, describe, expect, it } from "vitest";
import { type RealClient, inChromium, inPython, inThisProcess } from "./client.js";
import { npmPusher, pythonPusher } from "./sdk.js";
import { World } from "./world.js";

const room = "presence-room";
const world = World.forThisFile({ browser: true });

const company = {
  carl: inThisProcess(
    "MockPusherClient",
    new Set(),
    ({ user }) => new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", user }),
  ),
  tab: inChromium(world.chromium, "pushrig"),
  pysher: inPython("pysher"),
  asyncpusher: inPython("asyncpusher"),
};
const names = Object.keys(company).toSorted();

describe("in one room a mock client, a browser tab and two Python clients", { timeout: 30_000 }, () => {
  let guests: Map<string, RealClient>;
  const others = (name: string): RealClient[] => [...guests].filter(([id]) => id !== name).map(([, guest]) => guest);

  beforeEach(async () => {
    const connected = Object.entries(company).map(
      async ([id, library]) => [id, await world.connect(library, id)] as const,
    );
    guests = new Map(await Promise.all(connected));
    for (const client of guests.values()) await client.subscribe(room, "client-wave", "news", "fence");
  }, 30_000);

  /** Whom each of these guests sees. */
  const seenBy = (clients: RealClient[]): Promise<string[][]> =>
    Promise.all(clients.map((client) => client.members(room)));

  it("see each other, and see each of them leave and come back", async () => {
    const all = [...guests.values()];
    await expect.poll(() => seenBy(all)).toEqual(all.map(() => names));
    for (const [name, guest] of guests) {
      const rest = names.filter((other) => other !== name);
      await guest.unsubscribe(room);
      await expect.poll(() => seenBy(others(name))).toEqual(rest.map(() => rest));
      await guest.subscribe(room);
      await expect.poll(() => seenBy(all)).toEqual(all.map(() => names));
    }
  });

  it("hear each other's client events, and not their own", async () => {
    for (const [name, guest] of guests) {
      await guest.trigger(room, "client-wave", { from: name });
      for (const other of others(name)) expect(await other.next(room, "client-wave")).toEqual({ from: name });
      await world.fence(guest, room);
      expect(guest.arrived(room, "client-wave")).toEqual([]);
    }
  });

  it.each(["tab", "pysher"])("see that %s is gone when it vanishes", async (name) => {
    const rest = names.filter((other) => other !== name);
    await guests.get(name)!.vanish();
    await expect.poll(() => seenBy(others(name))).toEqual(rest.map(() => rest));
  });

  it("get what is published, whoever publishes it", async () => {
    const [npm, python] = [npmPusher.open(world), pythonPusher.open(world)];
    const publishers: Record<string, (data: unknown) => unknown> = {
      "MockPusherServer in this process": (data) => world.server.trigger(room, "news", data),
      pusherMockState: (data) => pusherMockState.trigger(room, "news", data),
      "npm pusher": (data) => npm.trigger([room], "news", data),
      "pusher of PyPI": (data) => python.trigger([room], "news", data),
    };
    for (const [by, publish] of Object.entries(publishers)) {
      await publish({ by });
      for (const guest of guests.values()) expect(await guest.next(room, "news")).toEqual({ by });
    }
    await python.end();
  });

  it("are known to pusherMockState by the names that they have themselves", () => {
    const { subscriptions } = pusherMockState.getState();
    const known = subscriptions.map(({ connectionId }) => connectionId);
    expect(known).toHaveLength(names.length);
    expect(known).toContain("mock-connection-1");
    expect(known).toEqual(expect.arrayContaining(others("carl").map(({ socketId }) => socketId)));
  });
});
