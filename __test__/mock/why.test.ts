import { afterEach, describe, expect, it } from "vitest";
import { type MockPusher, type MockPusherOptions, createMockPusher, mark, why } from "pushrig";

const worlds: MockPusher[] = [];

function world(options?: MockPusherOptions): MockPusher {
  const made = createMockPusher(options);
  worlds.push(made);
  return made;
}

afterEach(() => {
  for (const one of worlds.splice(0)) one.close();
});

describe("why() refuses", () => {
  it.each<[question: unknown, text: string]>([
    [
      "new-message",
      'why() takes a question such as { event: "new-message", channel: "task-1", client: "ada" }, not "new-message"',
    ],
    [
      undefined,
      'why() takes a question such as { event: "new-message", channel: "task-1", client: "ada" }, not undefined',
    ],
    [{}, 'why() takes the name of an event, a string such as "new-message", not undefined'],
    [{ event: "" }, 'why() takes the name of an event, a string such as "new-message", not ""'],
    [
      { evnt: "a" },
      'the question of why() has no field "evnt"; did you mean "event"? The fields are event, channel, client, data, since',
    ],
    [{ event: "a", channel: 7 }, 'why() takes the name of a channel, a string such as "task-1", not 7'],
    [{ event: "a", client: 7 }, "client of why() is a client, or its name, user id, connectionId or socket id, not 7"],
    [{ event: "a", since: 7 }, "since of why() is a place in the journal, as mark() answers it, not 7"],
  ])("%o", (question, text) => {
    const here = world();
    expect(() => here.why(question as never)).toThrow(new TypeError(`pushrig: ${text}`));
  });

  it("a client of another app", () => {
    const [here, elsewhere] = [world(), world()];
    expect(() => here.why({ event: "a", client: elsewhere.client() })).toThrow(
      "pushrig: client of why() is a client of another app. A client hears what is triggered in its own app only: with the same key, or " +
        "of the same createMockPusher().",
    );
  });

  it("a mark of another app", () => {
    expect(() => world().why({ event: "a", since: mark() })).toThrow(
      "pushrig: since of why() is a mark of another app. Take mark() of the same app: each createMockPusher() has its own",
    );
    expect(() => why({ event: "a", since: world().mark() })).toThrow(
      "pushrig: since of why() is a mark of another app.",
    );
  });

  it("to answer for an app that is closed", () => {
    const closed = world();
    closed.close();
    expect(() => closed.why({ event: "a" })).toThrow("pushrig: this app was closed");
  });
});
