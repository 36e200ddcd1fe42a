import * as fc from "fast-check";
import { createMockPusher, type MockPusher, type MockPusherClient } from "pushrig";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

/**
 * Made-up programs of faults, subscriptions and publishes, through the classes that tests use, beside a model: exactly what a fault says is lost,
 * doubled or late, and nothing else; and when all are over, it is as if they had never been.
 */

const CLIENTS = 3;
const CHANNELS = ["task-1", "room"];
const EVENTS = ["new", "old"];

type Verb = "lose" | "duplicate" | "hold" | "failTrigger" | "silence";
interface Asked {
  verb: Verb;
  channel: string | undefined;
  event: string | undefined;
  client: number | undefined;
  times: number | undefined;
}

const client = fc.nat(CLIENTS - 1);
const channel = fc.nat(CHANNELS.length - 1);
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const asked: fc.Arbitrary<Asked> = fc.record({
  verb: fc.constantFrom<Verb>("lose", "duplicate", "hold", "hold", "failTrigger", "silence"),
  channel: maybe(fc.constantFrom("task-*", "room", "*")),
  event: maybe(fc.constantFrom("new", "*d", "*")),
  client: maybe(client),
  times: maybe(fc.integer({ min: 1, max: 3 })),
});
const op = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("join" as const), client, channel }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), client, channel }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("publish" as const), channel, event: fc.nat(EVENTS.length - 1) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("begin" as const), asked }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("release" as const), at: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("end" as const), at: fc.nat(7) }) },
);

/** One fault, as the model and the mock have it. */
interface Both {
  asked: Asked;
  left: number;
  held: Array<{ client: number; channel: number; data: number }>;
  real: { restore(): void; release?(): void };
}

class Run {
  readonly world: MockPusher;
  readonly clients: MockPusherClient[] = [];
  readonly got: number[][] = [];
  readonly expected: number[][] = [];
  /** What has come for a silent client. */
  readonly waiting: number[][] = [];
  readonly on: boolean[][] = [];
  readonly faults: Both[] = [];
  published = 0;

  constructor(world: MockPusher) {
    this.world = world;
    for (let i = 0; i < CLIENTS; i++) {
      this.clients.push(world.client());
      this.got.push([]);
      this.expected.push([]);
      this.waiting.push([]);
      this.on.push(CHANNELS.map(() => false));
    }
  }

  isSilent(client: number): boolean {
    return this.faults.some(({ asked }) => asked.verb === "silence" && (asked.client ?? client) === client);
  }

  give(client: number, data: number): void {
    (this.isSilent(client) ? this.waiting : this.expected)[client].push(data);
  }

  join(client: number, channel: number): void {
    if (this.on[client][channel] || this.isSilent(client)) return;
    this.on[client][channel] = true;
    const joined = this.clients[client].subscribe(CHANNELS[channel]);
    for (const event of EVENTS) joined.bind(event, (data: number) => this.got[client].push(data));
  }

  leave(client: number, channel: number): void {
    if (!this.on[client][channel] || this.isSilent(client)) return;
    this.on[client][channel] = false;
    for (const fault of this.faults) {
      fault.held = fault.held.filter((held) => held.client !== client || held.channel !== channel);
    }
    this.clients[client].channel(CHANNELS[channel]).unbind();
    this.clients[client].unsubscribe(CHANNELS[channel]);
  }

  isAbout({ asked, left }: Both, channel: number, event: number): boolean {
    const { channel: onChannel = "*", event: onEvent = "*" } = asked;
    const isChannel =
      { "task-*": CHANNELS[channel].startsWith("task-"), "*": true }[onChannel] ?? CHANNELS[channel] === onChannel;
    const isEvent = { "*d": EVENTS[event].endsWith("d"), "*": true }[onEvent] ?? EVENTS[event] === onEvent;
    return left > 0 && asked.verb !== "silence" && isChannel && isEvent;
  }

  publish(channel: number, event: number): void {
    this.published += 1;
    const data = this.published;
    const about = this.faults.filter((fault) => this.isAbout(fault, channel, event));
    const failing = about.find(({ asked }) => asked.verb === "failTrigger");
    const publish = (): void => this.world.state.trigger(CHANNELS[channel], EVENTS[event], data);
    if (failing !== undefined) {
      failing.left -= 1;
      let status: unknown;
      try {
        publish();
      } catch (error) {
        ({ status } = error as { status: unknown });
      }
      if (status !== 500) throw new Error(`the call ${data} was to fail with 500, not ${String(status)}`);
      return;
    }
    const striking: Both[] = [];
    for (const fault of about) {
      const { client } = fault.asked;
      const isShadowed = striking.some(({ asked }) => asked.client === undefined || asked.client === client);
      if (isShadowed || (client !== undefined && !this.on[client][channel])) continue;
      striking.push(fault);
      fault.left -= 1;
    }
    for (let client = 0; client < CLIENTS; client++) {
      if (!this.on[client][channel]) continue;
      const fault = striking.find(({ asked }) => (asked.client ?? client) === client);
      const verb = fault?.asked.verb;
      if (verb === "lose") continue;
      if (verb === "hold") {
        fault!.held.push({ client, channel, data });
        continue;
      }
      this.give(client, data);
      if (verb === "duplicate") this.give(client, data);
    }
    publish();
  }

  begin(asked: Asked): void {
    const { verb, channel, event, times } = asked;
    const client = asked.client === undefined ? undefined : this.clients[asked.client];
    const real =
      verb === "silence"
        ? this.world.network.silence(client ?? "all")
        : this.world.network[verb]({ channel, event, times, ...(verb !== "failTrigger" && { client }) } as never);
    if (verb === "failTrigger") asked = { ...asked, client: undefined };
    this.faults.push({ asked, left: times ?? Infinity, held: [], real });
  }

  #release(fault: Both): void {
    for (const { client, channel, data } of fault.held) if (this.on[client][channel]) this.give(client, data);
    fault.held = [];
  }

  release(at: number): void {
    const fault = this.faults[at];
    if (fault === undefined || fault.asked.verb !== "hold") return;
    this.#release(fault);
    fault.real.release!();
  }

  end(at: number): void {
    const fault = this.faults[at];
    if (fault === undefined) return;
    this.#release(fault);
    this.faults.splice(at, 1);
    for (let client = 0; client < CLIENTS; client++) {
      if (!this.isSilent(client)) this.expected[client].push(...this.waiting[client].splice(0));
    }
    fault.real.restore();
  }
}

beforeEach(() => {
  // Many of these faults strike nothing, and say so.
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

it("what a program of faults does is what they say, and nothing is left of it", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 1, maxLength: 50 }), async (program) => {
      const world = createMockPusher();
      try {
        const run = new Run(world);
        for (const step of program) {
          if (step.do === "join") run.join(step.client, step.channel);
          else if (step.do === "leave") run.leave(step.client, step.channel);
          else if (step.do === "publish") run.publish(step.channel, step.event);
          else if (step.do === "begin") run.begin(step.asked);
          else if (step.do === "release") run.release(step.at);
          else run.end(step.at);
          // A subscription that is left while it is pending goes on until it is answered.
          if (step.do === "join") await new Promise((resolve) => setImmediate(resolve));
          expect(run.got).toEqual(run.expected);
        }
        while (run.faults.length > 0) run.end(0);
        for (const at of CHANNELS.keys()) for (const event of EVENTS.keys()) run.publish(at, event);
        expect(run.got).toEqual(run.expected);
      } finally {
        world.close();
      }
    }),
    { numRuns: process.env.PUSHRIG_LONG === undefined ? 150 : 5_000 },
  );
});
