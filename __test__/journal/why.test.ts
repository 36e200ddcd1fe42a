import { describe, expect, it } from "vitest";
import type { Entry, Page } from "../../lib/journal/entry.js";
import type { Question, Reason } from "../../lib/journal/question.js";
import { type Context, why } from "../../lib/journal/why.js";
import { page } from "../support/page.js";

type Line = Omit<Entry, "seq" | "t">;

const ada = { connection: "mock-connection-1", client: 1 };
const bob = { connection: "mock-connection-2", client: 2 };
const on = { channel: "task-1" };
const event = { ...on, event: "new-message" };
const data = '{"id":"m1"}';

const connected = (who: Line | typeof ada, rest: Partial<Line> = {}): Line => ({
  kind: "connected",
  ...who,
  door: "process",
  ...rest,
});
const adaIsHere = connected(ada, { name: "ada", socketId: "52.118" });
const bobIsHere = connected(bob, { name: "bob" });
const subscribed = (who = ada, rest: Partial<Line> = {}): Line => ({ kind: "subscribed", ...who, ...on, ...rest });
const bound = (who = ada, rest: Partial<Line> = {}): Line => ({ kind: "bound", ...who, ...event, taken: 0, ...rest });
const triggered = (rest: Partial<Line> = {}): Line => ({ kind: "triggered", ...event, data, subscribers: 1, ...rest });

const asked: Question = { event: "new-message", channel: "task-1", client: "ada" };

/** One scenario per row: what happened, what is asked, and the whole of the answer. */
const table: Array<
  [
    title: string,
    entries: Line[],
    expected: { reason: string; text: string; timeline?: number[] },
    more?: { page?: Partial<Page>; question?: Partial<Question>; context?: Context },
  ]
> = [
  [
    "it was received",
    [adaIsHere, subscribed(), bound(), triggered()],
    { reason: "received", text: 'ada got "new-message" {"id":"m1"} on "task-1" (#4).', timeline: [4] },
  ],
  [
    "it was received by a callback for every event",
    [adaIsHere, subscribed(), bound(ada, { event: undefined }), triggered({ data: undefined })],
    { reason: "received", text: 'ada got "new-message" on "task-1" (#4).' },
  ],
  [
    "it was received by a callback on the client itself",
    [adaIsHere, bound(ada, { channel: undefined }), subscribed(), triggered({ data: undefined })],
    { reason: "received", text: 'ada got "new-message" on "task-1" (#4).' },
  ],
  [
    "it went to a socket",
    [
      connected({ connection: "52.118" } as never, { door: "socket" }),
      { kind: "subscribed", connection: "52.118", ...on },
      triggered(),
    ],
    {
      reason: "received",
      text: '"new-message" on "task-1" was sent to socket 52.118 (#3); what is bound there only that client knows.',
    },
    { question: { client: "52.118" } },
  ],
  [
    "nothing at all was triggered",
    [adaIsHere, subscribed(), bound()],
    {
      reason: "never-triggered",
      text:
        '"new-message" was never triggered on "task-1". Nothing at all was triggered in this app: ' +
        "was the code that triggers reached, and is its server of this app?",
      timeline: [],
    },
  ],
  [
    "its name was misspelt where it was triggered",
    [adaIsHere, subscribed(), bound(), triggered({ event: "new_message" }), triggered({ event: "new_message" })],
    {
      reason: "never-triggered",
      text: '"new-message" was never triggered on "task-1" since the last reset (2 other events were). Did you mean "new_message", triggered 2 times?',
    },
    { page: { start: 10 } },
  ],
  [
    "it was triggered on another channel",
    [adaIsHere, subscribed(), bound(), triggered({ channel: "task-2", at: "chat/route.ts:262" })],
    {
      reason: "never-triggered",
      text: '"new-message" was never triggered on "task-1" (nothing else was). It was on "task-2", at #4 (chat/route.ts:262).',
    },
  ],
  [
    "it was triggered with other data",
    [adaIsHere, subscribed(), bound(), triggered(), triggered({ data: '{"id":"m7"}' })],
    {
      reason: "never-triggered",
      text:
        '"new-message" was triggered 2 times on "task-1", but never with {"id":"m2"}. ' +
        'Nearest is #5: data.id: "m7" where "m2" is expected.',
    },
    { question: { data: { id: "m2" } } },
  ],
  [
    "it was triggered before the mark",
    [adaIsHere, subscribed(), bound(), triggered()],
    {
      reason: "never-triggered",
      text: '"new-message" was never triggered on "task-1" since the mark at #4 (nothing else was). It was before the mark, at #4.',
      timeline: [4],
    },
    { question: { since: { seq: 4, app: 1 } } },
  ],
  [
    "trigger() was refused",
    [
      adaIsHere,
      subscribed(),
      bound(),
      {
        kind: "rejected",
        ...event,
        bytes: 10_241,
        code: 413,
        text: "The data content of this event exceeds the allowed maximum (10240 bytes)",
      },
    ],
    {
      reason: "rejected",
      text: '"new-message" on "task-1" (10,241 bytes) was refused at #4: 413 The data content of this event exceeds the allowed maximum (10240 bytes)',
    },
  ],
  [
    "it is under way",
    [adaIsHere, subscribed(), bound(), triggered()],
    {
      reason: "under-way",
      text: '"new-message" on "task-1" (#4) is on its way to ada. Wait for it: await channel("task-1").received("new-message", undefined, { by: "ada" })',
    },
    { page: { taken: { "mock-connection-1": 3 } } },
  ],
  [
    "it waits for a fake timer",
    [adaIsHere, subscribed(), bound(), triggered()],
    {
      reason: "under-way",
      text: '"new-message" on "task-1" (#4) is on its way to ada. Fake timers are on.',
    },
    { page: { taken: { "mock-connection-1": 3 } }, context: { waitsFor: () => "Fake timers are on." } },
  ],
  [
    "it waits in front of a socket",
    [
      connected({ connection: "52.118" } as never, { door: "socket" }),
      { kind: "subscribed", connection: "52.118", ...on },
      triggered(),
    ],
    {
      reason: "under-way",
      text: '"new-message" on "task-1" (#3) is on its way to socket 52.118. It has not been written to that socket yet, whose reader is slow or away.',
    },
    { question: { client: "52.118" }, page: { taken: { "52.118": 2 } } },
  ],
  [
    "a fault took it",
    [
      adaIsHere,
      subscribed(),
      bound(),
      triggered(),
      { kind: "fault", ...ada, cause: 4, text: "network().lose() took it" },
    ],
    {
      reason: "lost",
      text: '"new-message" on "task-1" (#4) was lost on its way to ada: network().lose() took it.',
      timeline: [4, 5],
    },
  ],
  [
    "a fault keeps it back",
    [
      adaIsHere,
      subscribed(),
      bound(),
      triggered(),
      { kind: "fault", cause: 4, method: "hold", text: "network().hold() keeps it back" },
    ],
    {
      reason: "under-way",
      text: '"new-message" on "task-1" (#4) is on its way to ada: network().hold() keeps it back until release().',
      timeline: [4, 5],
    },
  ],
  [
    "its cable is out",
    [
      adaIsHere,
      subscribed(),
      bound(),
      { kind: "fault", ...ada, method: "silence", text: "the cable is out" },
      triggered(),
    ],
    {
      reason: "under-way",
      text: '"new-message" on "task-1" (#5) is on its way to ada, whose cable is out: network().silence().',
    },
    { page: { taken: { "mock-connection-1": 4 } } },
  ],
  [
    "its sender was left out",
    [adaIsHere, subscribed(), bound(), triggered({ except: "mock-connection-1", at: "chat/route.ts:262" })],
    {
      reason: "excluded",
      text: 'ada counts as the sender of "new-message" on "task-1" (#4) and was left out: trigger() was given its socket_id (chat/route.ts:262).',
    },
  ],
  [
    "another client is called as its sender was",
    [
      adaIsHere,
      subscribed(),
      bound(),
      connected({ ...bob, connection: "mock-connection-9" }),
      triggered({ data: undefined, except: "mock-connection-9" }),
      { kind: "closed", ...bob, connection: "mock-connection-9", by: "client" },
      connected({ ...ada, connection: "mock-connection-9" }, { name: "ada" }),
    ],
    { reason: "received", text: 'ada got "new-message" on "task-1" (#5).' },
  ],
  [
    "it was a client event of its own",
    [adaIsHere, subscribed(), bound(), { kind: "client-event", ...ada, ...on, event: "client-typing", subscribers: 1 }],
    {
      reason: "excluded",
      text: 'ada sent "client-typing" on "task-1" (#4): a client event does not come back to its sender.',
    },
    { question: { event: "client-typing" } },
  ],
  [
    "it was triggered in another app",
    [adaIsHere, subscribed(), bound()],
    {
      reason: "other-app",
      text:
        '"new-message" on "task-1" was not triggered in this app, but in app "4711" of this process (#1, chat/route.ts:262). ' +
        "Server and client have to be of one app: the same key, or the same createMockPusher().",
    },
    { context: { others: () => [{ app: "4711", page: page([triggered({ at: "chat/route.ts:262" })]) }] } },
  ],
  [
    "she never subscribed",
    [adaIsHere, subscribed(ada, { channel: "tasks-1" }), triggered()],
    {
      reason: "never-subscribed",
      text: 'ada never subscribed to "task-1". ada subscribed to "tasks-1": did you mean that?',
    },
  ],
  [
    "she only bound",
    [adaIsHere, bound(), triggered()],
    {
      reason: "never-subscribed",
      text: 'ada never subscribed to "task-1". A callback is bound, but bind() alone subscribes to nothing.',
    },
  ],
  [
    "she was not signed in",
    [adaIsHere, { kind: "triggered", channel: "#server-to-user-ann", event: "new-message", subscribers: 0 }],
    {
      reason: "never-subscribed",
      text: 'ada was not signed in as "ann": events to a user reach those who called signin().',
    },
    { question: { channel: "#server-to-user-ann" } },
  ],
  [
    "she subscribed later",
    [adaIsHere, { kind: "subscribing", ...ada, ...on }, bound(), triggered({ subscribers: 0 }), subscribed()],
    {
      reason: "subscribed-later",
      text:
        'ada was subscribed to "task-1" at #5; "new-message" went out at #4, 1.0 ms earlier. ' +
        "Pusher keeps no events for later subscribers (cache channels: the last one).\n" +
        'Wait before triggering: await channel("task-1").subscribed({ by: "ada" })',
      timeline: [2, 4, 5],
    },
  ],
  [
    "she subscribed to a cache channel later",
    [adaIsHere, triggered({ channel: "cache-a" }), subscribed(ada, { channel: "cache-a" })],
    {
      reason: "subscribed-later",
      text:
        'ada was subscribed to "cache-a" at #3; "new-message" went out at #2, 1.0 ms earlier. ' +
        "Of what came before, a cache channel gives newcomers the last event.\n" +
        'Wait before triggering: await channel("cache-a").subscribed({ by: "ada" })',
    },
    { question: { channel: "cache-a" } },
  ],
  [
    "she had left",
    [
      adaIsHere,
      subscribed(),
      bound(),
      { ...bound(), kind: "unbound", by: "unsubscribe", taken: 3 },
      { kind: "left", ...ada, ...on, by: "unsubscribe", at: "useTaskTitle.ts:14" },
      triggered(),
    ],
    {
      reason: "left-before",
      text: 'ada left "task-1" at #5 by unsubscribe() (useTaskTitle.ts:14), before "new-message" went out at #6. A callback was bound to it still: unsubscribe() ends the channel for everybody who uses it.',
      timeline: [5, 6],
    },
  ],
  [
    "she left while it was under way",
    [
      adaIsHere,
      subscribed(),
      bound(),
      triggered(),
      { ...bound(), kind: "unbound", by: "unsubscribe", taken: 3, at: "a.tsx:3" },
      { kind: "left", ...ada, ...on, by: "unsubscribe" },
    ],
    {
      reason: "left-before",
      text: 'ada left "task-1" at #5 by unsubscribe() (a.tsx:3), before "new-message" (#4) had arrived.',
      timeline: [4, 5],
    },
    { page: { taken: { "mock-connection-1": 3 } } },
  ],
  [
    "she let go of her channel object",
    [
      adaIsHere,
      subscribed(),
      bound(),
      { ...bound(), kind: "unbound", by: "unsubscribe", taken: 3 },
      { kind: "left", ...ada, ...on, by: "unsubscribe" },
      subscribed(),
      triggered(),
    ],
    {
      reason: "unbound-before",
      text: 'ada let go of its callback of "new-message" on "task-1" at #4 by unsubscribe(), before #7 arrived. subscribe() makes a new channel object: bind on that.',
    },
  ],
  [
    "she has not subscribed again since her connection broke",
    [
      adaIsHere,
      subscribed(),
      { kind: "closed", ...ada, code: 1006 },
      connected({ ...ada, connection: "mock-connection-9" }),
      triggered(),
    ],
    {
      reason: "left-before",
      text: 'ada lost "task-1" with its connection at #3: 1006, and has not subscribed again; "new-message" on "task-1" went out at #5.',
    },
  ],
  [
    "her subscription was refused",
    [
      adaIsHere,
      { kind: "subscribing", ...ada, ...on },
      { kind: "refused", ...ada, ...on, code: 403, text: "from /api/pusher/auth" },
      triggered(),
    ],
    {
      reason: "subscription-refused",
      text: '"task-1" was refused to ada at #3: 403 from /api/pusher/auth.',
      timeline: [2, 3, 4],
    },
  ],
  [
    "her subscription was refused at first",
    [adaIsHere, { kind: "refused", ...ada, ...on, code: 403 }, triggered(), subscribed()],
    {
      reason: "subscription-refused",
      text: '"task-1" was refused to ada at #2: 403. ada was subscribed at #4, after "new-message" (#3).',
    },
  ],
  [
    "her subscription has no answer yet",
    [adaIsHere, { kind: "subscribing", ...ada, channel: "private-a" }, triggered({ channel: "private-a" })],
    {
      reason: "subscription-pending",
      text: 'ada asked for "private-a" at #2 and has had no answer yet; "new-message" went out at #3. Does its authorization endpoint answer?',
      timeline: [2, 3],
    },
    { question: { channel: "private-a" } },
  ],
  [
    "she was not connected",
    [
      adaIsHere,
      subscribed(),
      bound(),
      { kind: "closed", ...ada, code: 1006, text: "network().drop()" },
      { kind: "left", ...ada, ...on, by: "close", cause: 4 },
      triggered(),
      connected({ ...ada, connection: "mock-connection-9" }),
    ],
    {
      reason: "not-connected",
      text: 'ada was not connected when "new-message" on "task-1" went out at #6: its connection was closed at #4: 1006 network().drop(); it was connected again at #7. Pusher keeps no events for those who are away.',
      timeline: [4, 6, 7],
    },
  ],
  [
    "her connection ended before it arrived",
    [adaIsHere, subscribed(), bound(), triggered(), { kind: "closed", ...ada, code: 1006, taken: 3 }],
    {
      reason: "not-connected",
      text: `ada's connection was closed at #5, before "new-message" on "task-1" (#4) had arrived: 1006.`,
    },
  ],
  [
    "there is no such client",
    [adaIsHere, subscribed(), triggered()],
    { reason: "not-connected", text: 'There is no client "adda"; did you mean "ada"? The clients are ada.' },
    { question: { client: "adda" } },
  ],
  [
    "there is no such client, and no such event",
    [adaIsHere, subscribed(), triggered({ event: "other" })],
    {
      reason: "never-triggered",
      text:
        '"new-message" was never triggered on "task-1" (1 other event was). ' +
        'There is no client "adda"; did you mean "ada"? The clients are ada.',
    },
    { question: { client: "adda" } },
  ],
  [
    "another name is bound",
    [
      adaIsHere,
      subscribed(),
      bound(ada, { event: "new_message" }),
      bound(ada, { event: "gone" }),
      { ...bound(ada, { event: "gone" }), kind: "unbound" },
      triggered(),
    ],
    {
      reason: "never-bound",
      text: 'ada is subscribed, but nothing is bound to "new-message" on "task-1". Did you mean "new_message"? That is bound.',
    },
  ],
  [
    "it is bound on a channel object from before",
    [adaIsHere, subscribed(), bound(ada, { stale: true, at: "a.test.ts:3" }), triggered()],
    {
      reason: "never-bound",
      text: 'ada is subscribed, but nothing is bound to "new-message" on "task-1". It is bound on an old channel object (#3, a.test.ts:3), which hears nothing any more: bind on what subscribe() answers now.',
    },
  ],
  [
    "she bound later",
    [adaIsHere, subscribed(), triggered(), bound(ada, { taken: 3, at: "a.test.ts:9" })],
    {
      reason: "bound-later",
      text: 'ada bound "new-message" at #4 (a.test.ts:9), 1.0 ms after it went out (#3): it had arrived by then. Bind before you trigger.',
    },
  ],
  [
    "she bound while it was under way",
    [adaIsHere, subscribed(), triggered({ data: undefined }), bound(ada, { taken: 2 })],
    { reason: "received", text: 'ada got "new-message" on "task-1" (#3).' },
  ],
  [
    "she had unbound",
    [adaIsHere, subscribed(), bound(), { ...bound(), kind: "unbound", taken: 3, at: "a.tsx:3" }, triggered()],
    {
      reason: "unbound-before",
      text: 'ada had unbound its callback of "new-message" on "task-1" at #4 (a.tsx:3), before #5 arrived.',
    },
  ],
  [
    "her callback threw",
    [
      adaIsHere,
      subscribed(),
      bound(),
      triggered(),
      { kind: "threw", ...ada, ...event, cause: 4, text: "TypeError: no", at: "a.tsx:3" },
    ],
    {
      reason: "callback-threw",
      text: 'ada got "new-message" on "task-1" (#4), and its callback (a.tsx:3) threw TypeError: no.',
      timeline: [4, 5],
    },
  ],
  [
    "a reset has ended her subscription",
    [triggered()],
    {
      reason: "reset-between",
      text: 'ada was subscribed to "task-1" before reset() (#20), which ends subscriptions. Subscribe again.',
    },
    {
      page: {
        start: 20,
        before: [{ ...ada, name: "ada", door: "process", isConnected: true, channels: ["task-1"], bindings: [] }],
      },
    },
  ],
  [
    "a reset has taken her callback",
    [adaIsHere, subscribed(), triggered()],
    {
      reason: "reset-between",
      text: 'ada had bound "new-message" on "task-1" before reset() (#20), and a channel object from before it keeps no bindings: bind on what subscribe() answers now.',
    },
    {
      page: {
        start: 20,
        before: [
          {
            ...ada,
            name: "ada",
            door: "process",
            isConnected: true,
            channels: ["task-1"],
            bindings: [{ ...event, count: 1, taken: 0 }],
          },
        ],
      },
    },
  ],
  [
    "the event may be forgotten",
    [adaIsHere],
    {
      reason: "forgotten",
      text: '"new-message" on "task-1" was not triggered since #100; whether it was before is not known any more: the journal remembers nothing older. Ask sooner, or reset() between tests.',
    },
    { page: { forgotten: 100 } },
  ],
  [
    "why she was not subscribed is forgotten",
    [triggered()],
    {
      reason: "forgotten",
      text: 'ada was not subscribed to "task-1" when "new-message" went out at #1; why is not known any more: the journal remembers nothing before #1. Ask sooner, or reset() between tests.',
    },
    {
      page: {
        start: -9,
        forgotten: 0,
        entries: page([triggered()]).entries,
        base: [{ ...ada, name: "ada", door: "process", isConnected: true, channels: [], bindings: [] }],
      },
    },
  ],
  [
    "whether she had bound is forgotten",
    [],
    {
      reason: "forgotten",
      text: 'ada was subscribed, and nothing was bound to "new-message" on "task-1" when #1 arrived; whether something had been before is not known any more: the journal remembers nothing before #1.',
    },
    {
      page: {
        start: -9,
        forgotten: 0,
        entries: page([triggered()]).entries,
        base: [{ ...ada, name: "ada", door: "process", isConnected: true, channels: ["task-1"], bindings: [] }],
      },
    },
  ],
];

describe("why() says:", () => {
  it.each(table)("%s", (_title, entries, { timeline, ...expected }, { page: rest = {}, question, context } = {}) => {
    expect(why(page(entries, rest), { ...asked, ...question }, context)).toMatchObject({
      ...expected,
      received: ["received", "callback-threw"].includes(expected.reason),
      ...(timeline && { timeline: timeline.map((seq) => ({ seq })) }),
    });
  });
});

it("has a scenario for every reason", () => {
  const all: Record<Reason, true> = {
    received: true,
    "never-triggered": true,
    rejected: true,
    "under-way": true,
    lost: true,
    excluded: true,
    "other-app": true,
    "never-subscribed": true,
    "subscribed-later": true,
    "left-before": true,
    "subscription-refused": true,
    "subscription-pending": true,
    "not-connected": true,
    "never-bound": true,
    "bound-later": true,
    "unbound-before": true,
    "callback-threw": true,
    "reset-between": true,
    forgotten: true,
    "other-process": true,
  };
  const told = new Set(table.map(([, , { reason }]) => reason));
  // Told by several processes that share an app.
  const apart = ["other-process"];
  expect([...told, ...apart].sort()).toEqual(Object.keys(all).sort());
});

describe("with nobody named,", () => {
  const asked = { event: "new-message", channel: "task-1" };

  it("the one who fared worst is the answer, and the others follow", () => {
    const answer = why(
      page([adaIsHere, bobIsHere, subscribed(), subscribed(bob), bound(), triggered({ data: undefined })]),
      asked,
    );
    expect([answer, ...answer.others].map(({ client, reason, received }) => [client, reason, received])).toEqual([
      ["bob", "never-bound", false],
      ["ada", "received", true],
    ]);
  });

  it("the sender does not count beside others", () => {
    const answer = why(
      page([
        adaIsHere,
        bobIsHere,
        subscribed(),
        subscribed(bob),
        bound(),
        bound(bob),
        triggered({ except: "mock-connection-1" }),
      ]),
      asked,
    );
    expect([answer.client, answer.reason]).toEqual(["bob", "received"]);
    expect(answer.others.map(({ client, reason }) => [client, reason])).toEqual([["ada", "excluded"]]);
  });

  it("those who had left do not count while somebody was there", () => {
    const answer = why(
      page([
        adaIsHere,
        bobIsHere,
        subscribed(),
        subscribed(bob),
        bound(bob),
        { kind: "left", ...ada, ...on, by: "unsubscribe" },
        triggered(),
      ]),
      asked,
    );
    expect([answer.client, answer.reason, answer.others]).toEqual(["bob", "received", []]);
  });

  it("those who have to do with the channel count where nobody was there", () => {
    const answer = why(page([adaIsHere, bobIsHere, triggered({ subscribers: 0 }), subscribed(bob)]), asked);
    expect([answer.client, answer.reason, answer.others]).toEqual(["bob", "subscribed-later", []]);
  });

  it("says that nobody had", () => {
    const answer = why(
      page([adaIsHere, bobIsHere, subscribed(bob, { channel: "tasks-1" }), triggered({ subscribers: 0 })]),
      asked,
    );
    expect(answer).toMatchObject({
      received: false,
      reason: "never-subscribed",
      text: 'Nobody was subscribed to "task-1" when "new-message" went out (#4). "tasks-1" had a subscriber: did you mean that?',
      others: [],
      entry: { seq: 4 },
    });
    expect(answer.client).toBeUndefined();
  });

  it("says that trigger() was refused", () => {
    expect(why(page([{ kind: "rejected", ...event, code: 413, text: "too large" }]), asked)).toMatchObject({
      reason: "rejected",
      text: '"new-message" on "task-1" was refused at #1: 413 too large',
    });
  });

  it("says that who was there is forgotten", () => {
    expect(
      why(page([triggered()], { start: -9, forgotten: 0, entries: page([triggered()]).entries }), asked),
    ).toMatchObject({
      reason: "forgotten",
      text:
        'Nobody was subscribed to "task-1" when "new-message" went out (#1). Whether somebody had been before is not known any more. ' +
        "The journal remembers nothing before #1. Ask sooner, or reset() between tests.",
    });
  });
});

describe("of several events that are as asked for", () => {
  it("the latest that was received is the one", () => {
    const left: Line = { kind: "left", ...ada, ...on, by: "unsubscribe" };
    const answer = why(page([adaIsHere, subscribed(), bound(), triggered(), triggered(), left, triggered()]), asked);
    expect([answer.reason, answer.entry?.seq]).toEqual(["received", 5]);
  });

  it("the latest is the one if none was received", () => {
    const answer = why(page([adaIsHere, triggered(), subscribed(), triggered()]), asked);
    expect([answer.reason, answer.entry?.seq]).toEqual(["never-bound", 4]);
  });

  it("those before the mark do not count, what was bound before it does", () => {
    const lines = [adaIsHere, subscribed(), bound(), triggered(), triggered({ except: "mock-connection-1" })];
    expect(why(page(lines), asked).entry?.seq).toBe(4);
    const answer = why(page(lines), { ...asked, since: { seq: 4, app: 1 } });
    expect([answer.reason, answer.entry?.seq]).toEqual(["excluded", 5]);
    expect(why(page(lines), { ...asked, since: { seq: 3, app: 1 } }).reason).toBe("received");
  });

  it("those that fit count, wherever they went", () => {
    const lines = [
      adaIsHere,
      subscribed(),
      bound(),
      triggered(),
      triggered({ channel: "task-2", data: '{"id":"m2"}' }),
    ];
    expect(why(page(lines), { event: "new-message", client: "ada" }).entry?.seq).toBe(4);
    expect(why(page(lines), { event: "new-message", client: "ada", data: { id: "m2" } })).toMatchObject({
      reason: "never-subscribed",
      entry: { seq: 5 },
    });
  });
});

describe("near misses", () => {
  it("are the three nearest, each with all that differs", () => {
    const answer = why(
      page([
        triggered({ event: "new_message", data: '{"id":"m7"}' }),
        triggered({ data: '{"id":"m2"}' }),
        triggered({ data: '{"id":"m3"}' }),
        triggered({ data: '{"id":"m3"}' }),
        triggered({ channel: "room", event: "other" }),
        triggered({ event: "other" }),
        triggered({ channel: "tasks-1" }),
      ]),
      { event: "new-message", channel: "task-1", data: { id: "m1" } },
    );
    expect(answer.near.map(({ entry, differences }) => [entry.seq, differences])).toEqual([
      [7, ['the channel: "tasks-1" where "task-1" is expected']],
      [4, ['data.id: "m3" where "m1" is expected']],
      [2, ['data.id: "m2" where "m1" is expected']],
    ]);
  });

  it("say how names differ", () => {
    const differences = (got: string, expected: string) =>
      why(page([triggered({ event: got })]), { event: expected, channel: "task-1" }).near[0].differences;
    expect(differences("new_message", "new-message")).toEqual(['the name: "_" where "-" is expected']);
    expect(differences("New-Message", "new-message")).toEqual([
      'the name: "New-Message" where "new-message" is expected (upper and lower case)',
    ]);
    expect(differences("new-mesage", "new-message")).toEqual([
      'the name: "new-mesage" where "new-message" is expected',
    ]);
    expect(differences("message-new", "new-message")).toEqual([
      'the name: "message-new" where "new-message" is expected',
    ]);
  });

  it("say which of them were refused, and those are not counted among what was triggered", () => {
    const refused = (rest: Partial<Line>): Line => ({ kind: "rejected", ...event, data, code: 413, ...rest });
    const about = (...entries: Line[]) => {
      const { text, near } = why(page(entries), { event: "new-message", channel: "task-1", data: { id: "m2" } });
      return [text, ...near.map(({ entry, differences }) => [entry.seq, ...differences])];
    };
    expect(about(refused({}), triggered({ data: '{"id":"m3"}' }))).toEqual([
      '"new-message" was triggered once on "task-1", but never with {"id":"m2"}. Nearest is #2: data.id: "m3" where "m2" is expected.',
      [2, 'data.id: "m3" where "m2" is expected'],
      [1, "refused: 413", 'data.id: "m1" where "m2" is expected'],
    ]);
    expect(about(refused({ code: undefined, text: "Error: no name" }))).toEqual([
      '"new-message" was refused once on "task-1", but never with {"id":"m2"}. ' +
        'Nearest is #1: refused: Error: no name; data.id: "m1" where "m2" is expected.',
      [1, "refused: Error: no name", 'data.id: "m1" where "m2" is expected'],
    ]);
    expect(about(refused({ event: "new_message", data: '{"id":"m2"}' }))).toEqual([
      '"new-message" was never triggered on "task-1" (1 other event was). Did you mean "new_message", refused once?',
      [1, "refused: 413", 'the name: "_" where "-" is expected'],
    ]);
    expect(about(refused({ channel: "task-2", data: '{"id":"m2"}' }))).toEqual([
      '"new-message" was never triggered on "task-1" (nothing else was). It was refused on "task-2", at #1.',
      [1, "refused: 413", 'the channel: "task-2" where "task-1" is expected'],
    ]);
  });

  it("are looked for in the whole app where a page is of one channel", () => {
    const answer = why(page([adaIsHere]), asked, { elsewhere: () => page([triggered({ channel: "task-2" })]).entries });
    expect(answer.near.map(({ differences }) => differences)).toEqual([
      ['the channel: "task-2" where "task-1" is expected'],
    ]);
    expect(answer.text).toBe(
      '"new-message" was never triggered on "task-1" (nothing else was). It was on "task-2", at #1.',
    );
  });
});
