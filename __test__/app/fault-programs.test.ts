import { deepEqual } from "node:assert/strict";
import * as fc from "fast-check";
import { createMockPusher, type MockPusher } from "pushrig";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Actor, CHANNELS, EVENTS, type Scene, SCENES } from "./fault-actors.js";

/**
 * Made-up programs of faults, subscriptions, publishes and reconnects, through the classes that tests use and through sockets of a gateway, beside a
 * model: exactly what a fault says is lost, doubled, late, silent or refused, and nothing else; and when all are over, it is as if they had
 * never been.
 */

const CLIENTS = 3;
const isLong = process.env.PUSHRIG_LONG !== undefined;

const OF_EVENTS = ["lose", "duplicate", "hold", "failTrigger"] as const;
const VERBS = [...OF_EVENTS, "silence", "simulate", "refuse", "delay", "failAuthorization"] as const;
type Verb = (typeof VERBS)[number];

/** Of these the latest takes the place of the one before. */
const ALONE: ReadonlySet<Verb> = new Set(["refuse", "delay", "failAuthorization"]);

interface Asked {
  verb: Verb;
  channel: string | undefined;
  event: string | undefined;
  client: number | undefined;
  times: number | undefined;
  preset: "subway" | "laptop-lid";
}

const client = fc.nat(CLIENTS - 1);
const channel = fc.nat(CHANNELS.length - 1);
const event = fc.nat(EVENTS.length - 1);
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const asked: fc.Arbitrary<Asked> = fc.record({
  verb: fc.constantFrom<Verb>(...VERBS, "hold", "lose", "duplicate"),
  channel: maybe(fc.constantFrom("task-*", "room", "private-*", "*")),
  event: maybe(fc.constantFrom("new", "*d", "*")),
  client: maybe(client),
  times: maybe(fc.integer({ min: 1, max: 3 })),
  preset: fc.constantFrom("subway", "laptop-lid"),
});
const op = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("join" as const), client, channel }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), client, channel }) },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      channel,
      event,
      except: fc.option(client, { nil: undefined, freq: 4 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("begin" as const), asked }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("release" as const), at: fc.nat(7) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("end" as const), at: fc.nat(7) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("reconnect" as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restore" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reset" as const) }) },
);
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;

/** One fault, as the model and the mock have it. */
interface Both {
  asked: Asked;
  /** The connection that the client had when it began. */
  connection: string | undefined;
  left: number;
  strikes: number;
  held: Array<{ client: number; channel: number; data: number }>;
  real: { readonly strikes: number; readonly waiting?: number; restore(): void; release?(): void };
}

/** What a client wants to be on, in the order in which it asked, and whether it is. */
type Wishes = Map<number, boolean>;

class Run {
  readonly world: MockPusher;
  readonly scene: Scene;
  readonly actors: Actor[] = [];
  readonly expected: number[][] = [];
  /** What has come for a silent client. */
  readonly waiting: number[][] = [];
  readonly wishes: Wishes[] = [];
  readonly isOut: boolean[] = [];
  readonly accepted = CHANNELS.map(() => 0);
  readonly faults: Both[] = [];
  published = 0;

  constructor(world: MockPusher, scene: Scene) {
    this.world = world;
    this.scene = scene;
  }

  async open(): Promise<void> {
    for (let i = 0; i < CLIENTS; i++) {
      this.actors.push(await this.scene.actor(i));
      this.expected.push([]);
      this.waiting.push([]);
      this.wishes.push(new Map());
      this.isOut.push(false);
    }
  }

  isOn(client: number, channel: number): boolean {
    return this.wishes[client].get(channel) === true;
  }

  /** Whether a fault is about the connection that a client has now. */
  isOf({ asked, connection }: Both, client: number): boolean {
    if (asked.client === undefined) return true;
    return asked.client === client && (this.scene.follows || connection === this.actors[client].connection);
  }

  isSilent(client: number): boolean {
    return this.faults.some((fault) => ["silence", "simulate"].includes(fault.asked.verb) && this.isOf(fault, client));
  }

  give(client: number, data: number): void {
    (this.isSilent(client) ? this.waiting : this.expected)[client].push(data);
  }

  isAbout({ asked, left }: Both, channel: string, event: string): boolean {
    const { channel: onChannel = "*", event: onEvent = "*" } = asked;
    const matches = (pattern: string, name: string): boolean =>
      pattern.startsWith("*") ? name.endsWith(pattern.slice(1)) : matchesPrefix(pattern, name);
    return left > 0 && matches(onChannel, channel) && matches(onEvent, event);
  }

  strike(fault: Both): void {
    fault.left -= 1;
    fault.strikes += 1;
  }

  first(verb: Verb, isMeant: (fault: Both) => boolean): Both | undefined {
    const found = this.faults.find((fault) => fault.asked.verb === verb && fault.left > 0 && isMeant(fault));
    if (found !== undefined) this.strike(found);
    return found;
  }

  /** Whether the service lets a client on a channel. */
  authorizes(channel: number): boolean {
    if (!CHANNELS[channel].startsWith("private-")) return true;
    return this.first("failAuthorization", (fault) => this.isAbout(fault, CHANNELS[channel], "")) === undefined;
  }

  async join(client: number, channel: number): Promise<void> {
    if (this.isOn(client, channel) || this.isOut[client] || this.isSilent(client)) return;
    const isIn = this.authorizes(channel);
    this.wishes[client].set(channel, isIn);
    deepEqual(await this.actors[client].join(CHANNELS[channel]), isIn, `client ${client} on ${CHANNELS[channel]}`);
  }

  async leave(client: number, channel: number): Promise<void> {
    if (!this.isOn(client, channel) || this.isOut[client] || this.isSilent(client)) return;
    this.#forgetHeld((held) => held.client === client && held.channel === channel);
    this.wishes[client].delete(channel);
    await this.actors[client].leave(CHANNELS[channel]);
  }

  /** What is held for a subscription ends with it. */
  #forgetHeld(isIt: (held: { client: number; channel: number }) => boolean): void {
    for (const fault of this.faults) fault.held = fault.held.filter((held) => !isIt(held));
  }

  async reconnect(client: number): Promise<void> {
    if (this.isSilent(client)) return;
    this.#forgetHeld((held) => held.client === client);
    const actor = this.actors[client];
    await actor.disconnect();
    for (const fault of this.faults) if (fault.asked.verb === "delay") this.strike(fault);
    const refusal = this.first("refuse", ({ asked, connection }) => {
      if (asked.client === undefined) return true;
      // A socket comes back as somebody new: once it has gone, whoever connects next is taken for it.
      return this.scene.follows ? asked.client === client : this.scene.isGone(connection);
    });
    this.isOut[client] = refusal !== undefined;
    const wishes = this.wishes[client];
    const isIn = [...wishes.keys()].map((channel) => {
      const answer = refusal === undefined && this.authorizes(channel);
      wishes.set(channel, answer);
      return answer;
    });
    const answers = await actor.connect([...wishes.keys()].map((channel) => CHANNELS[channel]));
    deepEqual(answers, refusal === undefined ? isIn : "refused", `client ${client} connects`);
  }

  async publish(channel: number, event: number, except?: number): Promise<void> {
    this.published += 1;
    const data = this.published;
    const [channelName, eventName] = [CHANNELS[channel], EVENTS[event]];
    const exceptId = except === undefined || this.isOut[except] ? undefined : this.actors[except].socketId;
    if (exceptId === undefined) except = undefined;
    const failing = this.first("failTrigger", (fault) => this.isAbout(fault, channelName, eventName));
    if (failing === undefined) {
      this.accepted[channel] += 1;
      this.#deliver(channel, event, data, except);
    }
    const status = await this.scene.publish(channelName, eventName, data, exceptId);
    deepEqual(status, failing === undefined ? 200 : 500, `the call with ${data}`);
  }

  #deliver(channel: number, event: number, data: number, except: number | undefined): void {
    const gets = (client: number): boolean => client !== except && this.isOn(client, channel);
    const everybody = [...this.actors.keys()];
    const striking: Both[] = [];
    for (const fault of this.faults) {
      const { verb, client } = fault.asked;
      if (!["lose", "duplicate", "hold"].includes(verb)) continue;
      if (!this.isAbout(fault, CHANNELS[channel], EVENTS[event])) continue;
      const isShadowed = striking.some(({ asked }) => asked.client === undefined || asked.client === client);
      if (isShadowed || (client !== undefined && !(gets(client) && this.isOf(fault, client)))) continue;
      striking.push(fault);
      this.strike(fault);
    }
    for (const client of everybody.filter(gets)) {
      const fault = striking.find(({ asked }) => (asked.client ?? client) === client);
      const verb = fault?.asked.verb;
      if (verb === "hold") fault!.held.push({ client, channel, data });
      if (verb === "hold" || verb === "lose") continue;
      this.give(client, data);
      if (verb === "duplicate") this.give(client, data);
    }
  }

  begin(given: Asked): void {
    const verb = given.verb;
    const isOfClients = !["failTrigger", "failAuthorization", "delay", "simulate"].includes(verb);
    const whom = isOfClients ? given.client : undefined;
    // Nobody is meant by the number of a connection that has gone.
    if (whom !== undefined && this.isOut[whom]) return;
    const asked = { ...given, client: whom };
    const { channel, event, times, preset } = asked;
    const client = whom === undefined ? undefined : this.actors[whom].who;
    const { network } = this.world;
    const connection = whom === undefined || this.scene.follows ? undefined : this.actors[whom].connection;
    const same = ALONE.has(verb) ? this.faults.findIndex((fault) => isInPlaceOf(asked, connection, fault)) : -1;
    let left = times ?? Infinity;
    let strikes = 0;
    let real: Both["real"];
    if (verb === "silence" || verb === "simulate") {
      const meant = [...this.actors.keys()].filter((one) => (whom ?? one) === one && !this.isOut[one]);
      strikes = meant.length;
      real = verb === "silence" ? network.silence(client ?? "all") : network.simulate(preset, { seed: 1 });
      left = Infinity;
    } else if (verb === "refuse") {
      real = network.refuse({ code: 4004, reason: "no room", times, ...(client !== undefined && { client }) });
    } else if (verb === "delay") {
      real = network.delay(1);
      left = Infinity;
    } else if (verb === "failAuthorization") {
      real = network.failAuthorization({ channel, times });
    } else {
      real = network[verb]({ channel, event, times, ...(client !== undefined && { client }) } as never);
    }
    if (verb === "failAuthorization") asked.event = undefined;
    if (same !== -1) this.faults.splice(same, 1);
    this.faults.push({ asked, connection, left, strikes, held: [], real });
  }

  #release(fault: Both): void {
    for (const { client, channel, data } of fault.held) if (this.isOn(client, channel)) this.give(client, data);
    fault.held = [];
  }

  release(at: number): void {
    const fault = this.faults[at];
    if (fault?.asked.verb !== "hold") return;
    this.#release(fault);
    fault.real.release!();
  }

  #over(fault: Both): void {
    this.#release(fault);
    this.faults.splice(this.faults.indexOf(fault), 1);
    for (const client of this.actors.keys()) {
      if (!this.isSilent(client)) this.expected[client].push(...this.waiting[client].splice(0));
    }
  }

  end(at: number): void {
    const fault = this.faults[at];
    if (fault === undefined) return;
    this.#over(fault);
    fault.real.restore();
    deepEqual(fault.real.strikes, fault.strikes, fault.asked.verb);
  }

  restore(): void {
    // Simulations first.
    const isSimulated = ({ asked }: Both): number => (asked.verb === "simulate" ? 0 : 1);
    for (const fault of this.faults.toSorted((one, other) => isSimulated(one) - isSimulated(other))) this.#over(fault);
    this.world.network.restore();
  }

  async reset(): Promise<void> {
    this.faults.length = 0;
    for (const client of this.actors.keys()) {
      this.waiting[client].length = 0;
      this.wishes[client].clear();
    }
    this.accepted.fill(0);
    this.world.reset();
    for (const [client, actor] of this.actors.entries()) {
      actor.forget();
      // A client of this process opens a connection when it is used.
      if (this.scene.follows || this.isOut[client]) await this.reconnect(client);
    }
  }

  async play(step: Op): Promise<void> {
    if (step.do === "join" || step.do === "leave") await this[step.do](step.client, step.channel);
    else if (step.do === "publish") await this.publish(step.channel, step.event, step.except);
    else if (step.do === "begin") this.begin(step.asked);
    else if (step.do === "release" || step.do === "end") this[step.do](step.at);
    else if (step.do === "reconnect") await this.reconnect(step.client);
    else await this[step.do]();
  }

  /** What everybody has got is what they were to get. */
  async compare(): Promise<void> {
    await this.scene.settle(this.actors.filter((_, client) => !this.isOut[client] && !this.isSilent(client)));
    deepEqual(
      this.actors.map(({ got }) => got),
      this.expected,
    );
    const history = CHANNELS.map((name) => this.world.state.getChannelMessages(name).length);
    deepEqual(history, this.accepted);
    for (const { asked, real, strikes, held } of this.faults) {
      deepEqual([asked.verb, real.strikes], [asked.verb, strikes], JSON.stringify(asked));
      if (asked.verb === "hold") deepEqual(real.waiting, held.length);
    }
  }

  /** All are over: nothing is left of them. */
  async finish(): Promise<void> {
    this.restore();
    await this.compare();
    for (const client of this.actors.keys()) {
      await this.reconnect(client);
      for (const channel of CHANNELS.keys()) await this.join(client, channel);
    }
    deepEqual(
      this.wishes.map((wishes) => [...wishes.values()]),
      this.actors.map(() => CHANNELS.map(() => true)),
    );
    for (const channel of CHANNELS.keys()) for (const event of EVENTS.keys()) await this.publish(channel, event);
    await this.compare();
    deepEqual(
      CHANNELS.map((name) => this.world.state.getSubscriberCount(name)),
      CHANNELS.map(() => CLIENTS),
    );
  }
}

function matchesPrefix(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** Whether a fault takes the place of another one. */
function isInPlaceOf(asked: Asked, connection: string | undefined, { asked: before, connection: its }: Both): boolean {
  return before.verb === asked.verb && before.client === asked.client && its === connection;
}

beforeEach(() => {
  // Many of these faults strike nothing, and say so.
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

const RUNS = {
  "with immediate delivery": [50, 6_000],
  "with network delivery": [30, 2_000],
  "at a gateway": [25, 1_500],
};

it.each(Object.entries(SCENES))(
  "%s what a program of faults does is what they say, and nothing is left of it",
  { timeout: isLong ? 3_600_000 : 60_000 },
  async (name, makeScene) => {
    await expect(
      fc.assert(
        fc.asyncProperty(fc.array(op, { minLength: 1, maxLength: 50 }), async (program) => {
          const world = createMockPusher();
          const scene = await makeScene(world);
          try {
            const run = new Run(world, scene);
            await run.open();
            for (const step of program) {
              await run.play(step);
              await run.compare();
            }
            await run.finish();
          } finally {
            await scene.close();
            world.close();
          }
        }),
        { numRuns: RUNS[name as keyof typeof RUNS][isLong ? 1 : 0] },
      ),
    ).resolves.toBeUndefined();
  },
);
