import * as fc from "fast-check";
import { expect, it } from "vitest";
import { why } from "../../lib/journal/why.js";
import { type Happening, Story } from "../support/story.js";

const isLong = Boolean(process.env.PUSHRIG_LONG);
const runs = isLong ? 1_000_000 : 3_000;
const timeout = isLong ? 50 * 60_000 : 30_000;

const who = fc.nat({ max: 2 });
const channel = fc.nat({ max: 1 });
const event = fc.nat({ max: 1 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 9, arbitrary: fc.record({ do: fc.constant("connect" as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("close" as const), who }) },
  {
    weight: 18,
    arbitrary: fc.record({ do: fc.constantFrom("ask", "answer", "answer", "refuse", "leave"), who, channel }),
  },
  {
    weight: 24,
    arbitrary: fc.record({
      do: fc.constantFrom("bind", "unbind"),
      who: fc.nat({ max: 1 }),
      channel: maybe(channel),
      event: maybe(event),
    }),
  },
  {
    weight: 18,
    arbitrary: fc.record({
      do: fc.constant("trigger" as const),
      channel,
      event,
      except: maybe(who),
      isSlow: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("send" as const), who, channel, event, isSlow: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("reject" as const), channel, event }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant("take" as const),
      who,
      count: fc.integer({ min: 1, max: 3 }),
      throws: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "reset" as const }) },
);

/** Everybody there, and on a channel. */
const everybody: Happening[] = [0, 1, 2].flatMap((who) => [
  { do: "connect", who },
  { do: "answer", who, channel: 0 },
]);

const history = fc
  .tuple(fc.constantFrom([], everybody), fc.array(happening, { minLength: 15, maxLength: 60, size: "max" }))
  .map(([first, then]) => [...first, ...then]);

it(
  "says of every event and client what a model of the whole history says, or that it is forgotten",
  { timeout },
  () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 60 }), (happenings, size) => {
        const story = new Story();
        for (const one of happenings) story.happen(one);
        const page = story.page(size);
        // To expect something of each takes longer than all of the rest.
        const wrong = [];
        for (const event of story.events) {
          // What a refused event carried is not in it: it is asked for alone.
          const entries = page.entries.filter((entry) => entry === event || entry.kind !== "rejected");
          for (const client of story.clients) {
            const question = { event: event.event!, channel: event.channel!, client, data: { n: event.seq } };
            const expected = story.verdict(event, client, page.forgotten);
            const { reason } = why({ ...page, entries }, question);
            if (reason !== expected) wrong.push({ event: event.seq, client, reason, expected });
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: runs },
    );
  },
);

it("says that an event was never triggered only if nothing since the mark is forgotten", { timeout }, () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 60 }), fc.nat({ max: 60 }), (happenings, size, mark) => {
      const story = new Story();
      for (const one of happenings) story.happen(one);
      const page = story.page(size);
      const since = { seq: mark, app: 1 };
      const from = Math.max(mark, story.start);
      const { reason } = why(page, { event: "never", channel: "a", since });
      expect(reason).toBe(page.forgotten > from ? "forgotten" : "never-triggered");
      const known = page.entries.filter(
        ({ seq, event, kind }) => seq > from && event === "x" && /trig|client|rej/.test(kind),
      );
      const answer = why(page, { event: "x", since });
      expect(["forgotten", "never-triggered"].includes(answer.reason) && answer.entry === undefined).toBe(
        known.length === 0,
      );
    }),
    { numRuns: runs / 10 },
  );
});
