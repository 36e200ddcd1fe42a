import { deepEqual } from "node:assert/strict";
import * as fc from "fast-check";
import { createMockPusher, type MockPusher } from "pushrig";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

/**
 * Made-up programs of `failWebhooks()`, channels that are occupied and vacated, and time, beside a model: exactly those attempts fail that a fault
 * says, each webhook is sent again when it is due, and nothing is left of a fault that is over.
 */

const isLong = process.env.PUSHRIG_LONG !== undefined;
const CHANNELS = ["task-1", "room"];
/** Milliseconds between attempts. */
const PAUSES = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000];

interface Asked {
  channel: string | undefined;
  event: string | undefined;
  status: number | undefined;
  times: number | undefined;
}
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const op = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("turn" as const), channel: fc.nat(1) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("begin" as const),
      asked: fc.record<Asked>({
        channel: maybe(fc.constantFrom("task-*", "room", "*")),
        event: maybe(fc.constantFrom("channel_*", "*_vacated", "channel_occupied")),
        status: maybe(fc.constantFrom(500, 503, 429)),
        times: maybe(fc.integer({ min: 1, max: 4 })),
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("end" as const), at: fc.nat(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.oneof(fc.nat(5_000), fc.nat(100_000)) }),
  },
);

interface Both {
  asked: Asked;
  left: number;
  strikes: number;
  real: { readonly strikes: number; restore(): void };
}

interface Sent {
  channel: string;
  event: string;
  attempts: number;
  state: "delivered" | "retrying" | "failed";
  status: number | undefined;
  due: number;
  order: number;
}

/** What moves time. */
interface Scene {
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}

const SCENES: Record<string, (world: MockPusher) => Promise<Scene>> = {
  "in the time of this process": async () => ({
    wait: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
    close: async () => {},
  }),
  "in the time of a gateway": async (world) => {
    const gateway = await world.listen({ port: 0 });
    return {
      wait: async (ms) => void (await gateway.advance(ms)),
      close: () => gateway.close(),
    };
  },
};

class Run {
  readonly world: MockPusher;
  readonly scene: Scene;
  readonly occupied = CHANNELS.map(() => false);
  readonly faults: Both[] = [];
  readonly sent: Sent[] = [];
  now = 0;
  #order = 0;

  constructor(world: MockPusher, scene: Scene) {
    this.world = world;
    this.scene = scene;
  }

  isAbout({ asked, left }: Both, { channel, event }: Sent): boolean {
    const { channel: onChannel = "*", event: onEvent = "*" } = asked;
    const isChannel = onChannel === "*" || onChannel === channel || (onChannel === "task-*" && channel === "task-1");
    const isEvent =
      onEvent === "*" ||
      onEvent === "channel_*" ||
      onEvent === event ||
      (onEvent === "*_vacated" && event === "channel_vacated");
    return left > 0 && isChannel && isEvent;
  }

  attempt(webhook: Sent): void {
    webhook.attempts += 1;
    const fault = this.faults.find((one) => this.isAbout(one, webhook));
    if (fault === undefined) {
      webhook.state = "delivered";
      webhook.status = 200;
      return;
    }
    fault.left -= 1;
    fault.strikes += 1;
    webhook.status = fault.asked.status;
    const pause = PAUSES[webhook.attempts - 1];
    webhook.state = pause === undefined ? "failed" : "retrying";
    webhook.due = this.now + (pause ?? Infinity);
    webhook.order = this.#order += 1;
  }

  turn(channel: number): void {
    const isOccupied = (this.occupied[channel] = !this.occupied[channel]);
    const event = isOccupied ? "channel_occupied" : "channel_vacated";
    const webhook: Sent = {
      channel: CHANNELS[channel],
      event,
      attempts: 0,
      state: "retrying",
      status: undefined,
      due: 0,
      order: 0,
    };
    this.sent.push(webhook);
    this.attempt(webhook);
    this.world.state[isOccupied ? "subscribe" : "unsubscribe"]("somebody", CHANNELS[channel]);
  }

  async wait(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      const due = this.sent
        .filter((webhook) => webhook.state === "retrying" && webhook.due <= until)
        .sort((one, two) => one.due - two.due || one.order - two.order)
        .at(0);
      if (due === undefined) break;
      this.now = due.due;
      this.attempt(due);
    }
    this.now = until;
    await this.scene.wait(ms);
  }

  begin(asked: Asked): void {
    const { status, ...selection } = asked;
    const how = status === undefined ? { error: "ECONNRESET" as const } : { status };
    const real = this.world.network.failWebhooks({ ...selection, ...how });
    this.faults.push({ asked, left: asked.times ?? Infinity, strikes: 0, real });
  }

  end(at: number): void {
    const [fault] = this.faults.splice(at, 1);
    if (fault === undefined) return;
    fault.real.restore();
    deepEqual(fault.real.strikes, fault.strikes);
  }

  async compare(): Promise<void> {
    const real = await this.world.settledWebhooks();
    const shown = real.map(({ events: [{ name, channel }], state, status, attempts }) => [
      name,
      channel,
      state,
      status,
      attempts,
    ]);
    const expected = this.sent.map(({ event, channel, state, status, attempts }) => [
      event,
      channel,
      state,
      status,
      attempts,
    ]);
    deepEqual(shown, expected);
    deepEqual(
      this.faults.map((fault) => fault.real.strikes),
      this.faults.map(({ strikes }) => strikes),
    );
  }

  async finish(): Promise<void> {
    while (this.faults.length > 0) this.end(0);
    await this.wait(300_000);
    await this.compare();
    for (const channel of CHANNELS.keys()) this.turn(channel);
    await this.compare();
    deepEqual(
      this.sent.filter(({ state }) => state === "retrying"),
      [],
    );
  }
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it.each(Object.entries(SCENES))(
  "%s exactly those webhooks come to nothing that a fault says, and all are sent again",
  { timeout: isLong ? 3_600_000 : 60_000 },
  async (_name, makeScene) => {
    await expect(
      fc.assert(
        fc.asyncProperty(fc.array(op, { minLength: 1, maxLength: 25 }), async (program) => {
          const world = createMockPusher({ webhookHold: 0 });
          world.onWebhook(async () => new Response());
          const scene = await makeScene(world);
          // Nothing comes by itself: a busy machine changes nothing.
          vi.useFakeTimers();
          try {
            const run = new Run(world, scene);
            for (const step of program) {
              if (step.do === "turn") run.turn(step.channel);
              else if (step.do === "begin") run.begin(step.asked);
              else if (step.do === "end") run.end(step.at);
              else await run.wait(step.ms);
              await run.compare();
            }
            await run.finish();
          } finally {
            vi.useRealTimers();
            await scene.close();
            world.close();
          }
        }),
        { numRuns: isLong ? 1_500 : 60 },
      ),
    ).resolves.toBeUndefined();
  },
);
