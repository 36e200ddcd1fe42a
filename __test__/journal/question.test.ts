import { expect, it } from "vitest";
import { checkMark, checkQuestion, checkWho } from "../../lib/journal/question.js";

it.each<[question: unknown, text: string]>([
  [
    "new-message",
    'why() takes a question such as { event: "new-message", channel: "task-1", client: "ada" }, not "new-message"',
  ],
  [
    undefined,
    'why() takes a question such as { event: "new-message", channel: "task-1", client: "ada" }, not undefined',
  ],
  [{}, "the event of why() is a string that is not empty, not undefined"],
  [{ event: "" }, 'the event of why() is a string that is not empty, not ""'],
  [
    { evnt: "a" },
    'the question of why() has no field "evnt"; did you mean "event"? The fields are event, channel, client, data, since',
  ],
  [{ event: "a", channel: 7 }, "the channel of why() is a string that is not empty, not 7"],
  [
    { event: "a", client: 7 },
    "the client of why() is a name, a user's id, a connectionId, a socket id, or a mock client itself, not 7",
  ],
  [
    { event: "a", client: "" },
    `the client of why() is a name, a user's id, a connectionId, a socket id, or a mock client itself, not ""`,
  ],
  [{ event: "a", since: 7 }, "since of why() is a mark, as mark() answers it, not 7"],
  [
    { event: "a", since: { seq: 1, app: 2 } },
    "since of why() is a mark of another app. Take it with mark() of the app that is asked: a world of createMockPusher() has its own.",
  ],
])("refuses %o", (question, text) => {
  expect(() => checkQuestion(question, 1)).toThrow(new TypeError(`pushrig: ${text}`));
});

it("takes what is right", () => {
  const question = { event: "a", channel: "b", client: { connectionId: "c" }, data: {}, since: { seq: 1, app: 1 } };
  expect(() => checkQuestion(question, 1)).not.toThrow();
  expect(() => checkQuestion({ event: "a" }, 1)).not.toThrow();
  // A client that has not connected yet has an empty one.
  expect(() => checkWho({ connectionId: "" }, "by")).not.toThrow();
  expect(() => checkMark({ seq: 0, app: 1 }, 1, "since")).not.toThrow();
});
