// Where failures lead while a gateway is open: to the page's row.
import { createMockPusher, type MockPusher } from "pushrig";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import * as assertions from "../../lib/runners/matchers/assertions";
import type { Journaled } from "../../lib/journal/subject";
import { MATCHERS } from "../../lib/runners/matchers/table";
import { messageOf } from "../support/rejected";

let app: MockPusher;

beforeEach(() => {
  app = createMockPusher();
  onTestFinished(() => app.close());
});

/** What each of these says when it fails: waiters, matchers, assertions, and what is asked of an act. */
async function failures(): Promise<Record<string, string>> {
  const room = app.channel("room");
  const client = app.client();
  const happened = await app.during(() => app.state.trigger("room", "other", "1"));
  // On another channel: the row is that of the channel that was asked for.
  app.state.trigger("elsewhere", "e", "1");
  const matcher = (name: keyof typeof MATCHERS, value: unknown, ...args: unknown[]) =>
    Promise.resolve(MATCHERS[name].call({}, value, ...args)).then(({ message }) => message());
  return {
    triggered: await messageOf(room.triggered("new-message", undefined, { timeout: 0 })),
    toHaveTriggered: await matcher("toHaveTriggered", room, "new-message"),
    toReceive: await matcher("toReceive", client, room, "new-message", undefined, { timeout: 1 }),
    assertion: await messageOf((async () => assertions.triggered(room as unknown as Journaled, "new-message"))()),
    act: await matcher("toHaveTriggered", happened, "new-message"),
  };
}

it("ends each failure with the address of the latest row that it is about", async () => {
  const gateway = await app.listen({ port: 0 });
  const { toReceive, ...others } = await failures();
  const { seq } = await app.channel("room").triggered("other");
  const lines = Object.values(others).map((text) => text.split("\n").at(-1));
  expect(lines).toEqual(lines.map(() => `see ${gateway.url}/#${seq}`));
  // A client is about everything.
  expect(toReceive).toMatch(new RegExp(`\nsee ${gateway.url}/#\\d+$`));
  expect((await fetch(gateway.url)).status).toBe(200);
});

it("leads nowhere without a gateway, and behind one that was closed", async () => {
  for (const text of Object.values(await failures())) expect(text).not.toContain("see http");
  const gateway = await app.listen({ port: 0 });
  await gateway.close();
  for (const text of Object.values(await failures())) expect(text).not.toContain("see http");
});
