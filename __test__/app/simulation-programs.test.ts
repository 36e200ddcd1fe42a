import { deepEqual, ok } from "node:assert/strict";
import * as fc from "fast-check";
import { createMockPusher, type MockPusher, type MockPusherClient } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/**
 * Made-up programs of everything that a test may do to the network, one over the other, with time that passes. Nothing comes that was not
 * published, nothing comes twice without a reason, and when all is over, it is as if it had never been.
 */

const isLong = process.env.PUSHRIG_LONG !== undefined;
const CLIENTS = 3;
const CHANNELS = ["task-1", "private-a"];

type Verb = (network: MockPusher["network"], given: Given) => { restore(): void };
interface Given {
  client: MockPusherClient;
  times: number | undefined;
  code: number;
  ms: number;
  seed: number;
  channel: string;
}
const VERBS: Record<string, Verb> = {
  subway: (network, { seed }) => network.simulate("subway", { seed }),
  "laptop-lid": (network, { seed }) => network.simulate("laptop-lid", { seed }),
  deploy: (network, { seed }) => network.simulate("deploy", { seed }),
  failover: (network, { seed }) => network.simulate("failover", { seed }),
  "silence all": (network) => network.silence("all"),
  silence: (network, { client }) => network.silence(client),
  refuse: (network, { code, times }) => network.refuse({ code, times }),
  "refuse one": (network, { client, code, times }) => network.refuse({ client, code, times }),
  delay: (network, { ms }) => network.delay(ms),
  lose: (network, { client, times, channel }) => network.lose({ client, times, channel }),
  duplicate: (network, { times, channel }) => network.duplicate({ times, channel }),
  hold: (network, { client, times }) => network.hold({ client, times }),
  failTrigger: (network, { times, channel }) => network.failTrigger({ times, channel }),
  failAuthorization: (network, { times }) => network.failAuthorization({ times }),
  failWebhooks: (network, { times, channel }) => network.failWebhooks({ times, channel }),
};

const begin = fc.record({
  do: fc.constant("begin" as const),
  verb: fc.constantFrom(...Object.keys(VERBS)),
  client: fc.nat(CLIENTS - 1),
  times: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  code: fc.constantFrom(1006, 4004, 4100, 4200),
  ms: fc.nat(3_000),
  seed: fc.nat(1_000),
  channel: fc.constantFrom("task-*", "*", "private-a"),
});
const op = fc.oneof(
  { weight: 5, arbitrary: begin },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("publish" as const), channel: fc.nat(CHANNELS.length - 1) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.oneof(fc.nat(3_000), fc.nat(200_000)) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("drop" as const),
      client: fc.nat(CLIENTS - 1),
      code: fc.constantFrom(1006, 4000, 4100, 4200),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("end" as const), at: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restore" as const) }) },
);

class Run {
  readonly world: MockPusher;
  readonly clients: MockPusherClient[];
  readonly got: number[][] = [];
  readonly accepted = CHANNELS.map((): number[] => []);
  faults: Array<{ restore(): void }> = [];
  /** Whether events have come twice on purpose. */
  hasDoubled = false;
  published = 0;

  constructor(world: MockPusher) {
    this.world = world;
    this.clients = Array.from({ length: CLIENTS }, () => {
      const client = world.client();
      const got: number[] = [];
      this.got.push(got);
      for (const name of CHANNELS) client.subscribe(name).bind("e", (data: number) => got.push(data));
      return client;
    });
  }

  async publish(channel: number): Promise<void> {
    const data = (this.published += 1);
    let wasAccepted: boolean | undefined;
    this.world.server.trigger(CHANNELS[channel], "e", data).then(
      () => (wasAccepted = true),
      () => (wasAccepted = false),
    );
    await vi.advanceTimersByTimeAsync(5);
    if (wasAccepted) this.accepted[channel].push(data);
    deepEqual(typeof wasAccepted, "boolean");
  }

  async play(step: typeof op extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
    switch (step.do) {
      case "begin":
        this.hasDoubled ||= step.verb === "duplicate";
        this.faults.push(VERBS[step.verb](this.world.network, { ...step, client: this.clients[step.client] }));
        break;
      case "publish":
        return this.publish(step.channel);
      case "wait":
        await vi.advanceTimersByTimeAsync(step.ms);
        return;
      case "drop":
        this.drop(step.client, step.code);
        break;
      case "end":
        this.faults[step.at]?.restore();
        break;
      case "restore":
        this.world.network.restore();
    }
    await vi.advanceTimersByTimeAsync(5);
  }

  drop(client: number, code: number): void {
    try {
      this.world.network.drop(this.clients[client], { code });
    } catch (error) {
      // The service may have given it up, or it may be away.
      ok(String(error).includes("pushrig: drop() has no connection to end"));
    }
  }

  /** Nothing has come that was not published, or more often than it may. */
  check(): void {
    const all = new Set(this.accepted.flat());
    for (const got of this.got) {
      for (const data of got) ok(all.has(data));
      if (!this.hasDoubled) deepEqual(new Set(got).size, got.length);
    }
    const history = CHANNELS.map((name) => this.world.state.getChannelMessages(name).map(({ data }) => data));
    deepEqual(history, this.accepted);
  }

  async finish(): Promise<void> {
    this.world.network.restore();
    // The longest that a client waits before it tries again is a minute.
    await vi.advanceTimersByTimeAsync(200_000);
    for (const client of this.clients) if (client.connection.state === "disconnected") client.connect();
    await vi.advanceTimersByTimeAsync(100);
    deepEqual(
      this.clients.map(({ connection }) => connection.state),
      this.clients.map(() => "connected"),
    );
    for (const client of this.clients) {
      for (const name of CHANNELS) if (!client.channel(name).subscribed) client.subscribe(name);
    }
    await vi.advanceTimersByTimeAsync(100);
    deepEqual(
      CHANNELS.map((name) => this.world.state.getSubscriberCount(name)),
      CHANNELS.map(() => CLIENTS),
    );
    this.check();
    const before = this.got.map(({ length }) => length);
    const first = this.published + 1;
    for (const round of [0, 1]) for (const channel of CHANNELS.keys()) await this.publish((channel + round) % 2);
    await vi.advanceTimersByTimeAsync(300_000);
    const since = this.got.map((got, client) => got.slice(before[client]));
    deepEqual(
      since,
      this.clients.map(() => [first, first + 1, first + 2, first + 3]),
    );
    deepEqual(
      this.clients.map(({ connection }) => connection.state),
      this.clients.map(() => "connected"),
    );
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  // Many of these faults strike nothing, and say so.
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe.each(["immediate", "network"] as const)("with %s delivery", (delivery) => {
  it(
    "whatever has happened to the network, nothing is left of it",
    { timeout: isLong ? 3_600_000 : 60_000 },
    async () => {
      await expect(
        fc.assert(
          fc.asyncProperty(fc.array(op, { minLength: 1, maxLength: 25 }), async (program) => {
            const world = createMockPusher({ delivery, latency: 0 });
            try {
              const run = new Run(world);
              await vi.advanceTimersByTimeAsync(20);
              for (const step of program) {
                await run.play(step);
                run.check();
              }
              await run.finish();
            } finally {
              world.close();
              vi.clearAllTimers();
            }
          }),
          { numRuns: isLong ? 2_000 : 40 },
        ),
      ).resolves.toBeUndefined();
    },
  );
});
