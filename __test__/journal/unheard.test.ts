import { describe, expect, it } from "vitest";
import type { Entry } from "../../lib/journal/entry";
import { leftBehind } from "../../lib/journal/left-behind";
import { unheardIn } from "../../lib/journal/unheard";
import { page as pageOf } from "../support/page";

type Note = Omit<Entry, "seq" | "t">;

const page = (...notes: Note[]) => pageOf(notes);

const ada = { client: 1, connection: "c1" };
const bob = { client: 2, connection: "c2" };
const connected: Note[] = [
  { kind: "connected", ...ada, name: "ada", door: "process" },
  { kind: "connected", ...bob, name: "bob", door: "process" },
];
const subscribed = (who: object, channel: string): Note => ({
  kind: "subscribed",
  ...who,
  channel,
  at: "src/a.ts:1:2",
});
const bound = (who: object, channel: string | undefined, event?: string): Note => ({
  kind: "bound",
  ...who,
  ...(channel === undefined ? {} : { channel }),
  ...(event === undefined ? {} : { event }),
  taken: 0,
  at: "src/a.ts:2:2",
});
const triggered = (channel: string, event: string, subscribers: number): Note => ({
  kind: "triggered",
  channel,
  event,
  data: "{}",
  subscribers,
});

/** What is unheard of the last entry. */
function lastOf(...notes: Note[]) {
  return unheardIn(page(...notes), notes.length - 1).map(({ isAlone, channel, event }) => ({
    isAlone,
    channel,
    event,
  }));
}

describe("events that nobody heard", () => {
  it("are those on a channel without a subscriber, with a channel that may be meant", () => {
    expect(lastOf(triggered("task-1", "e", 0))).toEqual([{ isAlone: true, channel: undefined }]);
    expect(lastOf(...connected, subscribed(ada, "task-1"), triggered("task_1", "e", 0))).toEqual([
      { isAlone: true, channel: "task-1" },
    ]);
  });

  it.each(["task-2", "task-12", "task-"])("mean no other channel where only digits differ: %s", (channel) => {
    expect(lastOf(...connected, subscribed(ada, "task-1"), triggered(channel, "e", 0))).toEqual([
      { isAlone: true, channel: undefined },
    ]);
  });

  it("mean no channel that has been left", () => {
    const left: Note = { kind: "left", ...ada, channel: "task-1", by: "unsubscribe" };
    expect(lastOf(...connected, subscribed(ada, "task-1"), left, triggered("task_1", "e", 0))).toEqual([
      { isAlone: true, channel: undefined },
    ]);
  });

  it("are those with a name that nobody has bound, where one is bound that is one letter away", () => {
    const there = [...connected, subscribed(ada, "task-1"), bound(ada, "task-1", "new-message")];
    expect(lastOf(...there, triggered("task-1", "new_message", 1))).toEqual([
      { isAlone: false, event: { name: "new-message", by: "ada" } },
    ]);
    expect(lastOf(...there, triggered("task-1", "new-massages", 1))).toEqual([]);
    expect(lastOf(...there, triggered("task-1", "new-message", 1))).toEqual([]);
  });

  it("are heard when somebody else has bound exactly that name, on the channel or on the client", () => {
    const there = [...connected, subscribed(ada, "task-1"), subscribed(bob, "task-1"), bound(ada, "task-1", "item-a")];
    expect(lastOf(...there, bound(bob, "task-1", "item-b"), triggered("task-1", "item-b", 2))).toEqual([]);
    expect(lastOf(...there, bound(bob, undefined, "item-b"), triggered("task-1", "item-b", 2))).toEqual([]);
  });

  it("are none for a callback of all events, which hears everything: the other name is told all the same", () => {
    const there = [...connected, subscribed(ada, "task-1"), bound(ada, "task-1"), bound(ada, "task-1", "item-a")];
    expect(lastOf(...there, triggered("task-1", "item-b", 1))).toEqual([
      { isAlone: false, event: { name: "item-a", by: "ada" } },
    ]);
  });

  it.each(["item-2", "item-21"])("are other ones on purpose where only digits differ: %s", (event) => {
    const there = [...connected, subscribed(ada, "task-1"), bound(ada, "task-1", "item-1")];
    expect(lastOf(...there, triggered("task-1", event, 1))).toEqual([]);
  });

  it("are not told of sockets, whose pages may have bound anything", () => {
    const socket = { connection: "1.2" };
    const there: Note[] = [...connected, { kind: "connected", ...socket, door: "socket", socketId: "1.2" }];
    const both = [subscribed(socket, "task-1"), subscribed(ada, "task-1"), bound(ada, "task-1", "item-a")];
    expect(lastOf(...there, ...both, triggered("task-1", "item-b", 2))).toEqual([]);
  });

  it("are told of sockets where it is known what their pages have bound", () => {
    const socket = { connection: "1.2" };
    const other = { connection: "3.4" };
    const there = [socket, other].flatMap((one): Note[] => [
      { kind: "connected", ...one, door: "socket", socketId: one.connection },
      subscribed(one, "task-1"),
    ]);
    const entries = page(...there, triggered("task-1", "new_message", 2));
    const told = (bound: Record<string, string[]>) =>
      unheardIn(entries, 0, (socketId, channel) => (channel === "task-1" ? bound[socketId] : [])).map(
        ({ event }) => event,
      );
    expect(told({ "1.2": ["new-message"], "3.4": [] })).toEqual([{ name: "new-message", by: "socket 1.2" }]);
    // It may have bound anything, and it has bound exactly that.
    expect(told({ "1.2": ["new-message"] })).toEqual([]);
    expect(told({ "1.2": ["new-message"], "3.4": ["new_message"] })).toEqual([]);
  });

  it("do not count what the sender alone has bound", () => {
    const there = [...connected, subscribed(ada, "task-1"), bound(ada, "task-1", "item-a")];
    expect(lastOf(...there, { ...triggered("task-1", "item-b", 1), except: "c1" })).toEqual([]);
  });

  it("do not count what the client has bound that has sent it", () => {
    const there = [...connected, subscribed(ada, "private-1"), subscribed(bob, "private-1")];
    const sent = { ...triggered("private-1", "client-typng", 2), kind: "client-event" as const, connection: "c1" };
    expect(lastOf(...there, bound(ada, "private-1", "client-typing"), sent)).toEqual([]);
    expect(lastOf(...there, bound(bob, "private-1", "client-typing"), sent)).toEqual([
      { isAlone: false, event: { name: "client-typing", by: "bob" } },
    ]);
  });

  it("are looked for after an entry only", () => {
    expect(
      unheardIn(page(triggered("a", "e", 0), triggered("b", "e", 0)), 1).map(({ entry }) => entry.channel),
    ).toEqual(["b"]);
  });
});

describe("what is left behind", () => {
  it("is nothing where everybody has cleaned up", () => {
    const left: Note = { kind: "left", ...ada, channel: "task-1", by: "unsubscribe" };
    expect(leftBehind(page(...connected, subscribed(ada, "task-1"), bound(ada, "task-1", "e"), left))).toEqual([]);
    const closed: Note = { kind: "closed", ...ada, by: "client", code: 1000 };
    expect(leftBehind(page(...connected, subscribed(ada, "task-1"), closed))).toEqual([]);
  });

  it("are subscriptions with what is bound, and with where that was asked for", () => {
    const there = [
      subscribed(ada, "task-1"),
      bound(ada, "task-1", "e"),
      bound(ada, "task-1"),
      subscribed(bob, "task-2"),
    ];
    expect(leftBehind(page(...connected, ...there))).toEqual([
      'ada was still subscribed to "task-1" (src/a.ts:1:2) with "e", every event bound',
      'bob was still subscribed to "task-2" (src/a.ts:1:2)',
    ]);
  });

  it("is a callback on a channel that nobody has subscribed to", () => {
    expect(leftBehind(page(...connected, bound(ada, "task-1", "e")))).toEqual([
      'ada still had "e" bound on "task-1" (src/a.ts:2:2)',
    ]);
    const unbound: Note = { kind: "unbound", ...ada, channel: "task-1", event: "e", taken: 0 };
    expect(leftBehind(page(...connected, bound(ada, "task-1", "e"), unbound))).toEqual([]);
  });

  it("is not what is bound on the client, which stays", () => {
    expect(leftBehind(page(...connected, bound(ada, undefined, "e")))).toEqual([]);
  });

  it("are no sockets of gateways", () => {
    const socket = { connection: "1.2" };
    const there: Note = { kind: "connected", ...socket, door: "socket", socketId: "1.2" };
    expect(leftBehind(page(there, subscribed(socket, "task-1")))).toEqual([]);
  });

  it("is what the page's memory begins with", () => {
    const base = {
      connection: "c1",
      client: 1,
      name: "ada",
      door: "process" as const,
      isConnected: true,
      channels: ["task-1"],
      bindings: [{ channel: "task-1", event: "e", count: 1, taken: 0 }],
    };
    expect(leftBehind(pageOf([], { base: [base] }))).toEqual(['ada was still subscribed to "task-1" with "e" bound']);
  });
});
