import { createMockPusher, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RemoteNetwork } from "../../lib/remote/remote-network.js";
import { open } from "./world.js";

/** Faults that are asked for in this process and by route: the same mistakes, the same words, the same end. */

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

type Network = MockPusher["network"];
const OF_EVENTS = ["lose", "duplicate", "hold", "failTrigger", "failWebhooks"] as const;
const OF_CHANNELS = [...OF_EVENTS, "failAuthorization"] as const;
const WITH_TIMES = [...OF_CHANNELS, "refuse"] as const;
const OF_CLIENTS = ["lose", "duplicate", "hold", "refuse"] as const;

interface Mistake {
  /** In this process. */
  call: (network: Network) => unknown;
  /** By route. */
  body: object;
  status?: number;
  text: string;
}

const mistake = (verb: keyof Network, options: object, text: string, status?: number): Mistake => ({
  call: (network) => (network[verb] as (given: object) => unknown).call(network, options),
  body: { do: verb, ...options },
  text,
  ...(status !== undefined && { status }),
});
const NOBODY = "pass a client of this app, its name, user id, connectionId or socket id";

const MISTAKES: Mistake[] = [
  {
    call: (network) => network.simulate("subwy" as never),
    body: { do: "simulate", preset: "subwy" },
    text: 'pushrig: simulate() has no preset "subwy"; did you mean "subway"? The presets are subway, laptop-lid, deploy, failover',
  },
  {
    call: (network) => network.simulate("subway", { seed: -1 }),
    body: { do: "simulate", preset: "subway", seed: -1 },
    text: "pushrig: the seed of simulate() is a whole number from 0 to 4294967295, not -1",
  },
  ...OF_CHANNELS.map((verb) =>
    mistake(
      verb,
      { channel: "task 1" },
      `pushrig: the channel of ${verb}() is a name, in which * may stand for any text, such as "task-*", not "task 1"; ` +
        "channels have letters, digits and _-=@,.; in their names",
    ),
  ),
  ...OF_EVENTS.map((verb) =>
    mistake(
      verb,
      { event: "" },
      `pushrig: the event of ${verb}() is a name, in which * may stand for any text, such as "new-*", not ""`,
    ),
  ),
  ...WITH_TIMES.flatMap((verb) =>
    [0, -1, 1.5].map((times) =>
      mistake(
        verb,
        { times },
        `pushrig: the option times of ${verb}() is a whole number from 1 on, not ${times}; without it, every time counts`,
      ),
    ),
  ),
  ...OF_CLIENTS.map((verb) =>
    mistake(verb, { client: "nobody" }, `pushrig: ${verb}() knows no client "nobody"; ${NOBODY}`, 409),
  ),
  ...(["silence", "drop"] as const).map((verb) => ({
    call: (network: Network) => network[verb]("nobody"),
    body: { do: verb, client: "nobody" },
    status: 409,
    text: `pushrig: ${verb}() knows no client "nobody"; ${NOBODY}`,
  })),
  {
    call: (network) => network.delay(-5),
    body: { do: "delay", ms: -5 },
    text: "pushrig: a delay is milliseconds from 0 to 2147483647, not -5",
  },
  mistake("refuse", { code: 99 }, "pushrig: a close code is a whole number from 1000 to 4999, not 99"),
  mistake(
    "failTrigger",
    { status: 200 },
    "pushrig: the status of failTrigger() is a whole number from 400 to 599, not 200",
  ),
  mistake(
    "failWebhooks",
    { error: "EPIPE" },
    'pushrig: the error of failWebhooks() is one of "ECONNRESET", "timeout", not "EPIPE"',
  ),
  mistake(
    "failTrigger",
    { status: 503, error: "timeout" },
    'pushrig: failTrigger() has the answer be the status 503 or none ("timeout"): give it one of the two',
  ),
];

const textOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
};

it("a mistake is told in the same words, and nothing is on afterwards", async () => {
  const { app, post, remote } = await open();
  for (const { call, body, status = 400, text } of MISTAKES) {
    expect(textOf(() => call(app.network))).toBe(text);
    const answer = await post("network", body);
    expect([body, answer.json.error.message, answer.status]).toEqual([body, text, status]);
  }
  expect(await remote.network.faults()).toEqual([]);
});

it("a client of another app is told from one of the same name", async () => {
  const { app } = await open();
  const other = createMockPusher();
  try {
    const stranger = other.client();
    expect(app.client().connectionId).toBe(stranger.connectionId);
    for (const verb of [...OF_CLIENTS, "silence", "drop"] as const) {
      const given = verb === "silence" || verb === "drop" ? stranger : { client: stranger };
      expect(textOf(() => (app.network[verb] as (given: object) => unknown)(given))).toBe(
        `pushrig: the client of ${verb}() belongs to the app with the key "${other.app.key}"; take one of the app with the key "${app.app.key}"`,
      );
    }
  } finally {
    other.close();
  }
});

it.each([-5, "soon", "-2m", "25h"])("the time %j is told in the same words", async (by) => {
  const { gateway, post } = await open();
  const text = `pushrig: give advance() a number of milliseconds or a text such as "2m" (ms, s, m or h), of at most 24 hours, not ${JSON.stringify(by)}`;
  await expect(gateway.advance(by)).rejects.toThrow(new RangeError(text));
  const { json, status } = await post("advance", { by });
  expect([json.error.message, status]).toEqual([text, 400]);
});

/** Each fault, in this process and by route, and what it could have matched. */
const FAULTS: Array<
  [string, (network: Network) => { restore(): void }, (network: RemoteNetwork) => Promise<AsyncDisposable>, string]
> = [
  ["lose()", (it) => it.lose({ channel: "none" }), (it) => it.lose({ channel: "none" }), 'triggered were: "task-1"'],
  [
    "duplicate()",
    (it) => it.duplicate({ event: "f" }),
    (it) => it.duplicate({ event: "f" }),
    'triggered were: "e" on "task-1"',
  ],
  ["hold()", (it) => it.hold({ channel: "none" }), (it) => it.hold({ channel: "none" }), 'triggered were: "task-1"'],
  [
    "failTrigger()",
    (it) => it.failTrigger({ channel: "none" }),
    (it) => it.failTrigger({ channel: "none" }),
    'triggered were: "task-1"',
  ],
  ["silence()", (it) => it.silence("all"), (it) => it.silence("all"), "nobody was connected"],
  ["refuse()", (it) => it.refuse(), (it) => it.refuse(), "nobody has connected"],
  ["delay()", (it) => it.delay(5), (it) => it.delay(5), "nobody has connected"],
  ["failAuthorization()", (it) => it.failAuthorization(), (it) => it.failAuthorization(), "nobody was authorized"],
  ["failWebhooks()", (it) => it.failWebhooks(), (it) => it.failWebhooks(), "no webhook was sent"],
  ...(["subway", "laptop-lid", "deploy", "failover"] as const).map((preset): (typeof FAULTS)[number] => [
    `simulate("${preset}")`,
    (it) => it.simulate(preset, { seed: 1 }),
    (it) => it.simulate(preset, { seed: 1 }),
    "nobody was connected",
  ]),
];

describe.each(FAULTS)("%s that matches nothing", (call, begin, ask, candidates) => {
  const said = (): unknown[] => vi.mocked(console.warn).mock.calls.map(([text]) => text);

  it("says so when its block is over, in the console and in the journal, as does one that was asked for by route", async () => {
    const { app, remote } = await open();
    const told = async (): Promise<Array<string | undefined>> =>
      (await remote.journal({ kinds: ["fault"] })).entries.map(({ text }) => text);
    const inProcess = async (): Promise<void> => {
      using _fault = begin(app.network) as Disposable & { restore(): void };
      await app.server.trigger("task-1", "e", 1);
    };
    const byRoute = async (): Promise<void> => {
      await using _fault = await ask(remote.network);
      await app.server.trigger("task-1", "e", 1);
    };
    for (const act of [inProcess, byRoute]) {
      vi.mocked(console.warn).mockClear();
      app.reset();
      await act();
      expect(await remote.network.faults()).toEqual([]);
      const [text, ...others] = said();
      expect(others).toEqual([]);
      expect(text).toMatch(`pushrig: ${call} matched nothing`);
      expect(text).toMatch(new RegExp(`; ${candidates}$`));
      const [isOn, isOver, ...more] = await told();
      expect(more).toEqual([]);
      const verb = call.slice(0, -1);
      expect([isOn?.startsWith(verb), isOn?.endsWith(") is on"), isOver?.startsWith(verb)]).toEqual([true, true, true]);
      expect(isOver).toMatch(new RegExp(`\\) is over and matched nothing; ${candidates}$`));
    }
  });
});

it("each fault that strikes is in the journal: when it begins, what it has struck, when it ends", async () => {
  const { app, remote } = await open({ webhooks: () => {}, webhookHold: 0 });
  const client = app.client({ name: "ada" });
  client.subscribe("task-1");
  await app.channel("task-1").subscribed();
  const story = async (fault: { restore(): void; readonly strikes: number }, act: () => unknown): Promise<string[]> => {
    const { seq: after } = app.mark();
    await act();
    await app.settledWebhooks();
    fault.restore();
    expect(fault.strikes).toBe(1);
    const { entries } = await remote.journal({ after });
    return entries
      .filter(
        ({ kind, code }) =>
          kind === "fault" || kind === "rejected" || kind === "refused" || (kind === "webhook" && code === 503),
      )
      .map(({ kind, text = "", code }) => [kind, code, text].filter(Boolean).join(" "));
  };
  const { network, server } = app;
  const publish = (): Promise<unknown> => server.trigger("task-1", "e", 1).catch(() => {});
  const over = (call: string): string => `fault ${call} is over; it has struck once`;
  expect(await story(network.lose(), publish)).toEqual(["fault network().lose() took it", over("lose()")]);
  expect(await story(network.duplicate(), publish)).toEqual([
    "fault network().duplicate() delivers it twice",
    over("duplicate()"),
  ]);
  expect(await story(network.hold(), publish)).toEqual([
    "fault network().hold() keeps it back",
    "fault network().hold() has let go of it",
    over("hold()"),
  ]);
  expect(await story(network.failTrigger({ status: 503 }), publish)).toEqual([
    expect.stringMatching(/^rejected 503 /),
    over("failTrigger({ status: 503 })"),
  ]);
  expect(await story(network.silence("all"), publish)).toEqual(["fault the cable is in again", over("silence()")]);
  expect(await story(network.failWebhooks({ status: 503 }), () => app.state.subscribe("b", "task-2"))).toEqual([
    "webhook 503",
    over("failWebhooks({ status: 503 })"),
  ]);
  expect(await story(network.failAuthorization({ message: "not you" }), () => client.subscribe("private-a"))).toEqual([
    expect.stringMatching(/^refused (403 )?not you/),
    over('failAuthorization({ message: "not you" })'),
  ]);
  const again = (): void => {
    client.disconnect();
    client.connect();
  };
  expect(await story(network.refuse({ code: 4004, reason: "no room" }), again)).toEqual([
    "refused 4004 no room",
    over('refuse({ code: 4004, reason: "no room" })'),
  ]);
  expect(await story(network.delay(1), again)).toEqual([over("delay({ ms: 1 })")]);
});
