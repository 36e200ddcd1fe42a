import { createMockPusher, type MockPusher } from "pushrig";
import { afterEach, expect, it, vi } from "vitest";

/** What ten thousand clients in one process cost, counted in work: time says more about the machine. */

const ROOM = "presence-room";
const CLIENTS = 10_000;

let world: MockPusher;

afterEach(() => {
  vi.restoreAllMocks();
  world.close();
});

/** How much text is parsed while so many clients enter one after the other, and how many the first sees then. */
async function entering(count: number): Promise<{ characters: number; seen: number }> {
  world = createMockPusher({ limits: { presenceMembers: count } });
  const ids = Array.from({ length: count }, (_, i) => 100_000 + i);
  const clients = ids.map((id) => world.client({ user: { id, info: { name: "somebody" } } }));
  const parse = vi.spyOn(JSON, "parse");
  for (const client of clients) {
    client.subscribe(ROOM);
    await Promise.resolve();
  }
  const characters = parse.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
  parse.mockRestore();
  return { characters, seen: (clients[0].channel(ROOM) as any).members.count };
}

it("a newcomer costs the same whether ten or ten thousand are there", { timeout: 120_000 }, async () => {
  const few = await entering(CLIENTS / 100);
  world.close();
  const many = await entering(CLIENTS);
  expect(many.seen).toBe(CLIENTS);
  expect(many.characters / CLIENTS).toBeLessThanOrEqual(few.characters / (CLIENTS / 100));
});

it("a trigger to 10,000 clients of whom one has bound it parses the payload once", { timeout: 120_000 }, async () => {
  world = createMockPusher();
  const received = vi.fn();
  const channels = Array.from({ length: CLIENTS }, () => world.client().subscribe("task-1"));
  channels[CLIENTS / 2].bind("e", received);
  await Promise.resolve();
  const parse = vi.spyOn(JSON, "parse");
  await world.server.trigger("task-1", "e", { payload: true });
  expect(world.state.getSubscriberCount("task-1")).toBe(CLIENTS);
  expect(received).toHaveBeenCalledExactlyOnceWith({ payload: true });
  expect(parse.mock.calls.filter(([text]) => text.includes("payload"))).toHaveLength(1);
});
