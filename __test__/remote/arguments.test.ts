// What is asked of a gateway wrongly is said of the call, as whoever asks has written it, and of no route.
import { createMockPusher } from "pushrig";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Remote } from "../../lib/remote/remote.js";

const app = createMockPusher();
let remote: Remote;
beforeAll(async () => {
  const { url } = await app.listen({ port: 0 });
  remote = new Remote(url, { called: "pusher", timeout: 0 });
  await app.server.trigger("task-1", "new-message", {});
});
afterAll(() => app.close());

async function errorOf(act: () => unknown): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

type Call = (value: never) => unknown;

const channel = () => remote.channel("task-1");
const calls: Record<string, Call> = {
  "trigger(?)": (value) => remote.trigger(value, "e", {}),
  "trigger([?])": (value) => remote.trigger([value], "e", {}),
  "trigger(,?)": (value) => remote.trigger("task-1", value, {}),
  "trigger(,,?)": (value) => remote.trigger("task-1", "e", value),
  "trigger(,,,?)": (value) => remote.trigger("task-1", "e", {}, value),
  "as: ?": (value) => remote.trigger("private-a", "client-e", {}, { as: value }),
  "as: { client: ? }": (value) => remote.trigger("private-a", "client-e", {}, { as: { client: value } }),
  "socketId: ?": (value) => remote.trigger("task-1", "e", {}, { socketId: value }),
  "only: ?": (value) => remote.trigger("task-1", "e", {}, { only: value }),
  "triggerBatch(?)": (value) => remote.triggerBatch(value),
  "triggerBatch([?])": (value) => remote.triggerBatch([value]),
  "triggerBatch channel": (value) => remote.triggerBatch([{ channel: value, event: "e", data: 1 }]),
  "triggerBatch event": (value) => remote.triggerBatch([{ channel: "a", event: value, data: 1 }]),
  "triggerBatch socketId": (value) => remote.triggerBatch([{ channel: "a", event: "e", data: 1, socketId: value }]),
  "sendToUser(?)": (value) => remote.sendToUser(value, "e", {}),
  "sendToUser(,?)": (value) => remote.sendToUser("ada", value, {}),
  "advance(?)": (value) => remote.advance(value),
  "why(?)": (value) => remote.why(value),
  "why event": (value) => remote.why({ event: value }),
  "why channel": (value) => remote.why({ event: "e", channel: value }),
  "why client": (value) => remote.why({ event: "e", client: value }),
  "events kinds": (value) => remote.events({ kinds: [value], signal: AbortSignal.abort() }).next(),
  "why since": (value) => remote.why({ event: "e", since: value }),
  "journal(?)": (value) => remote.journal(value),
  "journal after": (value) => remote.journal({ after: value }),
  "journal limit": (value) => remote.journal({ limit: value }),
  "journal kinds": (value) => remote.journal({ kinds: value }),
  "journal kinds [?]": (value) => remote.journal({ kinds: [value] }),
  "journal data": (value) => remote.journal({ data: value }),
  "journal channel": (value) => remote.journal({ channel: value }),
  "sendAgain(?)": (value) => remote.sendAgain(value),
  "idle(?)": (value) => remote.idle(value),
  "during(,?)": (value) => remote.during(() => {}, value),
  "sentWebhook(?)": (value) => remote.sentWebhook(value),
  "sentWebhook(,,?)": (value) => remote.sentWebhook("channel_occupied", {}, value),
  "subscribed(?)": (value) => channel().subscribed(value),
  "subscribed by": (value) => channel().subscribed({ by: value }),
  "subscribed count": (value) => channel().subscribed({ count: value }),
  "subscribed timeout": (value) => channel().subscribed({ timeout: value }),
  "vacated(?)": (value) => channel().vacated(value),
  "members(?)": (value) => remote.channel("presence-a").members(value),
  "members([],?)": (value) => remote.channel("presence-a").members([], value),
  "triggered(?)": (value) => channel().triggered(value),
  "triggered(,,?)": (value) => channel().triggered("e", {}, value),
  "triggered times": (value) => channel().triggered("e", {}, { times: value }),
  "triggered since": (value) => channel().triggered("e", {}, { since: value }),
  "received(?)": (value) => channel().received(value),
  "received(,,?)": (value) => channel().received("e", {}, value),
  "drop(?)": (value) => remote.network.drop(value),
  "drop(,?)": (value) => remote.network.drop("ada", value),
  "dropAll(?)": (value) => remote.network.dropAll(value),
  "refuse(?)": (value) => remote.network.refuse(value),
  "delay(?)": (value) => remote.network.delay(value),
  "failAuthorization(?)": (value) => remote.network.failAuthorization(value),
  "failTrigger(?)": (value) => remote.network.failTrigger(value),
  "failWebhooks(?)": (value) => remote.network.failWebhooks(value),
  "lose(?)": (value) => remote.network.lose(value),
  "hold(?)": (value) => remote.network.hold(value),
  "silence(?)": (value) => remote.network.silence(value),
  "simulate(?)": (value) => remote.network.simulate(value),
  "simulate(,?)": (value) => remote.network.simulate("subway", value),
};

const values: unknown[] = [
  undefined,
  null,
  true,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  "no such thing",
  "a b",
  [],
  [5],
  {},
  { nonsense: 1 },
  () => 1,
];

it.each(Object.entries(calls))("no text about what %s is given speaks of a route", async (_name, call) => {
  const texts: string[] = [];
  for (const value of values) texts.push((await errorOf(() => call(value as never))) ?? "");
  await remote.network.restore();
  const said = texts.filter((text) => text !== "");
  expect(said.length).toBeGreaterThan(0);
  for (const text of said) {
    expect(text).not.toMatch(/\b(GET|POST)\b|\/pushrig\/|the (body|parameter|field) |undefined \(reading|not iterable/);
  }
});

describe("an option that there is not", () => {
  it.each<[string, Call, string]>([
    ["of subscribed()", (o) => channel().subscribed(o), 'pusher.channel("task-1").subscribed()'],
    ["of vacated()", (o) => channel().vacated(o), 'pusher.channel("task-1").vacated()'],
    ["of members()", (o) => channel().members(["ada"], o), 'pusher.channel("task-1").members()'],
    ["of triggered()", (o) => channel().triggered("e", {}, o), 'pusher.channel("task-1").triggered()'],
    ["of received()", (o) => channel().received("e", {}, o), 'pusher.channel("task-1").received()'],
    ["of sentWebhook()", (o) => remote.sentWebhook("channel_occupied", {}, o), "pusher.sentWebhook()"],
    ["of idle()", (o) => remote.idle(o), "pusher.idle()"],
    ["of during()", (o) => remote.during(() => {}, o), "pusher.during()"],
  ])("%s is named, with the nearest", async (_of, call, text) => {
    const said = await errorOf(() => call({ timout: 5 } as never));
    expect(said).toContain(`pushrig: ${text} has no option "timout"; did you mean "timeout"? The options are `);
  });

  it("of trigger(), events() and journal() is named, with the nearest", async () => {
    expect(await errorOf(() => remote.trigger("task-1", "e", {}, { socket_id: "1.2" } as never))).toContain(
      'pusher.trigger() has no option "socket_id"; did you mean "socketId"?',
    );
    expect(await errorOf(() => remote.journal({ chanel: "a" } as never))).toContain(
      'pusher.journal() has no option "chanel"; did you mean "channel"?',
    );
    expect(await errorOf(() => remote.events({ kind: ["triggered"] } as never).next())).toContain(
      'pusher.events() has no option "kind"; did you mean "kinds"?',
    );
  });

  it("is said by its plain name where nobody has given it another", async () => {
    const plain = new Remote(remote.url);
    expect(await errorOf(() => plain.channel("task-1").subscribed({ timout: 5 } as never))).toMatch(
      /^pushrig: channel\("task-1"\)\.subscribed\(\) has no option "timout"/,
    );
    expect(await errorOf(() => plain.advance("soon"))).toMatch(/^pushrig: give advance\(\) a number/);
  });
});

it("what is wrong is said of the call", async () => {
  expect(await errorOf(() => remote.trigger("task-1", 5 as never, {}))).toBe(
    'pushrig: pusher.trigger() takes the name of an event, such as "new-message", not 5',
  );
  expect(await errorOf(() => remote.trigger(undefined as never, "e", {}))).toBe(
    'pushrig: pusher.trigger() takes the name of a channel, such as "task-1", or a list of them, not undefined',
  );
  expect(await errorOf(() => remote.advance(Number.NaN))).toMatch(
    /^pushrig: give pusher\.advance\(\) a number .*not NaN$/,
  );
  expect(await errorOf(() => remote.triggerBatch([]))).toBe(
    "pushrig: pusher.triggerBatch() takes a list that has at least one event",
  );
});
