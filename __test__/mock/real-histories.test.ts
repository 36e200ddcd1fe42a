import * as fc from "fast-check";
import { type Channel, type MockPusher, type MockPusherClient, type Reason, createMockPusher } from "pushrig";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { journalOf } from "../support/journal";

const isLong = Boolean(process.env.PUSHRIG_LONG);
const numRuns = isLong ? 20_000 : 150;
const timeout = isLong ? 50 * 60_000 : 60_000;

const CHANNELS = ["a", "private-b", "cache-c"] as const;
const EVENTS = ["x", "client-y"] as const;
const CLIENTS = 2;

/** What a callback does besides having been called. */
type What = "nothing" | "throw" | "unbind" | "unsubscribe" | "disconnect" | "trigger";

/** `whom`: whose channel or connection it is about, and with `"unbind"` whose callbacks; its own, if that is not said. */
interface Deed {
  what: What;
  whom: number | undefined;
}

/** One thing that happens. What makes no sense at the moment does not happen, or does what pusher-js does. */
type Step =
  | { do: "connect" | "disconnect" | "drop"; who: number }
  | { do: "subscribe" | "unsubscribe"; who: number; channel: number }
  | { do: "bind"; who: number; where: number; event: number | undefined; deed: Deed }
  | { do: "unbind"; who: number; where: number; event: number | undefined }
  | { do: "trigger"; channel: number; event: number; except: number | undefined }
  | { do: "send"; who: number }
  | { do: "lose"; who: number }
  | { do: "wait"; milliseconds: number }
  | { do: "reset" };

const who = fc.nat({ max: CLIENTS - 1 });
const channel = fc.nat({ max: CHANNELS.length - 1 });
const event = fc.nat({ max: EVENTS.length - 1 });
/** A channel, or the client itself. */
const where = fc.nat({ max: CHANNELS.length });
const perhaps = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const deed = fc.record<Deed>({
  what: fc.constantFrom("nothing", "nothing", "throw", "unbind", "unsubscribe", "disconnect", "trigger"),
  whom: perhaps(who),
});

const kinds: Array<[weight: number, step: fc.Arbitrary<Step>]> = [
  [2, fc.record({ do: fc.constantFrom("connect", "disconnect", "drop"), who })],
  [6, fc.record({ do: fc.constant("subscribe" as const), who, channel })],
  [2, fc.record({ do: fc.constant("unsubscribe" as const), who, channel })],
  [6, fc.record({ do: fc.constant("bind" as const), who, where, event: perhaps(event), deed })],
  [2, fc.record({ do: fc.constant("unbind" as const), who, where, event: perhaps(event) })],
  [8, fc.record({ do: fc.constant("trigger" as const), channel, event, except: perhaps(who) })],
  [2, fc.record({ do: fc.constant("send" as const), who })],
  [1, fc.record({ do: fc.constant("lose" as const), who })],
  [5, fc.record({ do: fc.constant("wait" as const), milliseconds: fc.nat({ max: 12 }) })],
  [1, fc.constant({ do: "reset" as const })],
];

const steps = fc.array(fc.oneof(...kinds.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
  minLength: 5,
  maxLength: 40,
  size: "max",
});

/** Clients and servers of an app, and which callbacks were really called. */
class Play {
  readonly app: MockPusher;
  readonly clients: MockPusherClient[];
  /** The latest channel objects, also of channels that were left. */
  readonly #channels = new Map<string, Channel>();
  /** By client and event. */
  readonly called = new Set<string>();
  /** Events of the page, by their number, and who was subscribed when they went out. */
  readonly events = new Map<number, { channel: string; event: string; subscribers: string[] | undefined }>();
  #count = 0;

  /**
   * @param nests whether callbacks trigger, and take others off channels. Who leaves meanwhile does not get what is being delivered,
   *   neither on the channel nor on the client, though what is under way otherwise would reach a callback on the client: nothing is bound
   *   there then.
   */
  constructor(
    readonly delivery: "immediate" | "network" | "polling",
    readonly nests: boolean,
    journal: number,
  ) {
    this.app = createMockPusher({
      delivery,
      latency: delivery === "network" ? { min: 1, max: 4, seed: 7 } : 0,
      pollInterval: 5,
      limits: { journal } as never,
    });
    this.clients = Array.from({ length: CLIENTS }, (_, index) => this.app.client({ name: `client ${index}` }));
  }

  async step(step: Step): Promise<void> {
    const client = "who" in step ? this.clients[step.who] : this.clients[0];
    switch (step.do) {
      case "connect":
        return client.connect();
      case "disconnect":
        return client.disconnect();
      case "drop":
        return ifConnected(() => this.app.network.drop(client, { code: 4200 }));
      case "subscribe":
        this.#channels.set(`${step.who} ${step.channel}`, client.subscribe(CHANNELS[step.channel]));
        return;
      case "unsubscribe":
        return client.unsubscribe(CHANNELS[step.channel]);
      case "bind":
        return this.#bind(step);
      case "unbind":
        this.#at(step.who, step.where)?.unbind(step.event === undefined ? undefined : EVENTS[step.event]);
        return;
      case "trigger":
        return this.#trigger(CHANNELS[step.channel], EVENTS[step.event], step.except);
      case "send":
        return this.#send(client);
      case "lose":
        return ifConnected(() => this.app.network.lose({ client, times: 1 }));
      case "wait":
        await vi.advanceTimersByTimeAsync(step.milliseconds);
        return;
      case "reset":
        this.app.reset();
        this.events.clear();
    }
  }

  #at(who: number, where: number): Channel | MockPusherClient | undefined {
    return where === CHANNELS.length ? this.clients[who] : this.#channels.get(`${who} ${where}`);
  }

  #bind({ who, where, event, deed }: Step & { do: "bind" }): void {
    const target = this.#at(who, where);
    if (target === undefined || (this.nests && target === this.clients[who])) return;
    const heard = (data: unknown): void => {
      const { n } = Object(data) as { n?: number };
      if (n === undefined) return;
      this.called.add(`${who} ${n}`);
      const { what, whom = who } = deed;
      if (what === "unsubscribe" && whom !== who && !this.nests) return;
      this.#do(what, whom, () => {
        if (deed.whom !== undefined) this.#at(whom, where)?.unbind(event === undefined ? undefined : EVENTS[event]);
        else if (event === undefined) target.unbind_global(callback);
        else target.unbind(EVENTS[event], callback);
      });
    };
    const callback = event === undefined ? (_: string, data: unknown) => heard(data) : heard;
    if (event === undefined) target.bind_global(callback as never);
    else target.bind(EVENTS[event], callback);
  }

  #do(what: What, whom: number, unbind: () => void): void {
    if (what === "throw") throw new Error("as asked");
    if (what === "unbind") unbind();
    if (what === "unsubscribe") for (const name of CHANNELS) this.clients[whom].unsubscribe(name);
    if (what === "disconnect") this.clients[whom].disconnect();
    // Not without end.
    if (what === "trigger" && this.nests && this.#count < 100) this.#trigger(CHANNELS[0], EVENTS[0], undefined);
  }

  #trigger(channel: string, event: string, except: number | undefined): void {
    const params = except === undefined ? undefined : { socket_id: this.clients[except].connection.socket_id };
    const data = this.#next(channel, event);
    void this.app.server
      .trigger(channel, event, data, params?.socket_id === undefined ? undefined : params)
      .catch(() => {});
  }

  #send(client: MockPusherClient): void {
    const channel = client.channel("private-b");
    if (channel?.subscribed) channel.trigger("client-y", this.#next("private-b", "client-y", true));
  }

  #next(channel: string, event: string, isSent = false): { n: number } {
    this.#count += 1;
    const subscribers = [...(this.app.state.getChannelState(channel)?.subscribers ?? [])];
    // What a client sends over the network comes to the service a little later: who is there then is not known here.
    const isSlow = isSent && this.delivery === "network";
    this.events.set(this.#count, { channel, event, subscribers: isSlow ? undefined : subscribers });
    return { n: this.#count };
  }
}

/** What cannot be done to a client without a connection is not done. */
function ifConnected(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error as Error).message.startsWith("pushrig: drop() has no connection")) throw error;
  }
}

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it.each(["immediate", "network", "polling"] as const)(
  "says of real clients with %s delivery that they received what their callbacks were called with, and nothing else",
  { timeout },
  async (delivery) => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), fc.constantFrom(10_000, 30), async (steps, nests, ring) => {
        vi.useFakeTimers();
        const play = new Play(delivery, nests, ring);
        try {
          for (const step of steps) await play.step(step);
          await vi.advanceTimersByTimeAsync(100);
          for (const { said, isSo, ...about } of compared(play))
            expect({ ...about, said }).toEqual({ ...about, said: isSo });
        } finally {
          play.app.close();
          vi.useRealTimers();
        }
      }),
      { numRuns },
    );
  },
);

/** Reasons of clients that were subscribed only, and of those that were not. */
const SUBSCRIBED = new Set<Reason>([
  "received",
  "callback-threw",
  "lost",
  "under-way",
  "unbound-before",
  "bound-later",
  "never-bound",
]);
const UNSUBSCRIBED = new Set<Reason>([
  "never-subscribed",
  "subscribed-later",
  "subscription-pending",
  "subscription-refused",
]);

/** What why() says, and what is so. */
interface Compared {
  event: number;
  client: number;
  reason: Reason;
  said: unknown;
  isSo: unknown;
}

/** Every event at every client. */
function* compared({ app, events, clients, called }: Play): Iterable<Compared> {
  const { forgotten, start, entries } = journalOf(app).read();
  const published = entries.filter(({ kind }) => kind === "triggered" || kind === "client-event");
  const known = new Map(published.map((entry) => [(JSON.parse(entry.data!) as { n: number }).n, entry.seq]));
  const opened = entries.filter(({ kind }) => kind === "connected");
  for (const [n, { channel, event, subscribers }] of events) {
    const seq = known.get(n);
    for (const [who, client] of clients.entries()) {
      const { reason, received } = app.why({ event, channel, client, data: { n } });
      const about = { event: n, client: who, reason };
      if (seq === undefined) {
        // A client event that was refused never went out; anything else was forgotten.
        const isForgotten = reason === "forgotten" || (reason === "rejected" && event === "client-y");
        yield { ...about, said: forgotten > start ? isForgotten : reason !== "forgotten", isSo: true };
        continue;
      }
      yield { ...about, said: received, isSo: called.has(`${who} ${n}`) };
      // Who came later may have had it from the cache.
      if (forgotten > start || subscribers === undefined || channel.startsWith("cache-")) continue;
      const wasOn = subscribers.some((connection) => {
        const latest = opened.findLast((entry) => entry.connection === connection && entry.seq < seq);
        return latest?.name === `client ${who}`;
      });
      if (SUBSCRIBED.has(reason) || UNSUBSCRIBED.has(reason))
        yield { ...about, said: SUBSCRIBED.has(reason), isSo: wasOn };
    }
  }
}
