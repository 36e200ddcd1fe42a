import { describe, vi } from "vitest";
import { behavesAsTheSdk } from "../support/beside-the-sdk.js";

vi.mock("../../lib/app/rigs.js", () => import("../support/server-rig.js"));

const cyclic: Record<string, unknown> = { name: "loop" };
cyclic.self = cyclic;

describe("trigger sends what npm pusher sends", () => {
  behavesAsTheSdk([
    { name: "an object", call: (s) => s.trigger("task-1", "new-message", { messageId: "m1" }) },
    { name: "a string, as it is", call: (s) => s.trigger("a", "e", "plain text, no JSON") },
    { name: "an empty string", call: (s) => s.trigger("a", "e", "") },
    { name: "a number", call: (s) => s.trigger("a", "e", 42) },
    { name: "false", call: (s) => s.trigger("a", "e", false) },
    { name: "null as the text null", call: (s) => s.trigger("a", "e", null) },
    { name: "NaN as the text null", call: (s) => s.trigger("a", "e", NaN) },
    { name: "an array", call: (s) => s.trigger("a", "e", [1, "zwei", { drei: 3 }]) },
    { name: "a date", call: (s) => s.trigger("a", "e", new Date(0)) },
    { name: "a class with toJSON", call: (s) => s.trigger("a", "e", { toJSON: () => ({ as: "json" }) }) },
    { name: "a String object", call: (s) => s.trigger("a", "e", Object("boxed")) },
    { name: "undefined, which has no text", call: (s) => s.trigger("a", "e", undefined) },
    { name: "a function, which has no text", call: (s) => s.trigger("a", "e", () => 1) },
    { name: "no data argument", call: (s) => s.trigger("a", "e") },
    { name: "unicode", call: (s) => s.trigger("a", "grüße-🎈", { text: "żółć 🎈 \u2028" }) },
    { name: "half a surrogate pair", call: (s) => s.trigger("a", "e", { text: "\ud83c" }) },
    { name: "half a surrogate pair in a string", call: (s) => s.trigger("a", "e", "\ud83c") },
    { name: "data over the service's limit", call: (s) => s.trigger("a", "e", "x".repeat(20_000)) },
    { name: "one channel in an array", call: (s) => s.trigger(["a"], "e", {}) },
    { name: "many channels", call: (s) => s.trigger(["a", "b", "a"], "e", {}) },
    { name: "100 channels", call: (s) => s.trigger(Array(100).fill("a"), "e", {}) },
    { name: "no channels", call: (s) => s.trigger([], "e", {}) },
    { name: "every legal character in a channel", call: (s) => s.trigger("azAZ09_-=@,.;", "e", {}) },
    { name: "a channel of 200 characters", call: (s) => s.trigger("c".repeat(200), "e", {}) },
    { name: "an event of 200 characters", call: (s) => s.trigger("a", "e".repeat(200), {}) },
    { name: "an empty event", call: (s) => s.trigger("a", "", {}) },
    { name: "an event that is a number", call: (s) => s.trigger("a", 5, {}) },
    { name: "an event that is an array", call: (s) => s.trigger("a", ["e"], {}) },
  ]);
});

describe("trigger takes parameters as npm pusher does", () => {
  behavesAsTheSdk([
    { name: "a socket_id", call: (s) => s.trigger("a", "e", {}, { socket_id: "123.456" }) },
    { name: "a socket_id and many channels", call: (s) => s.trigger(["a", "b"], "e", {}, { socket_id: "1.2" }) },
    { name: "info", call: (s) => s.trigger("a", "e", {}, { info: "user_count" }) },
    { name: "both", call: (s) => s.trigger("a", "e", {}, { socket_id: "1.2", info: "user_count" }) },
    { name: "none", call: (s) => s.trigger("a", "e", {}, {}) },
    { name: "null", call: (s) => s.trigger("a", "e", {}, null) },
    { name: "an undefined socket_id", call: (s) => s.trigger("a", "e", {}, { socket_id: undefined }) },
    { name: "unknown ones, unfiltered", call: (s) => s.trigger("a", "e", {}, { extra: [1], deep: { a: 1 } }) },
    {
      name: "ones that override name and channels",
      call: (s) => s.trigger("a", "e", {}, { name: "zz", channels: [] }),
    },
    { name: "a string, the socket id of version 4, spread", call: (s) => s.trigger("a", "e", {}, "1.2") },
    { name: "an inherited one not at all", call: (s) => s.trigger("a", "e", {}, Object.create({ info: "x" })) },
  ]);
});

describe("trigger refuses at once what npm pusher refuses", () => {
  const channel = (value: unknown) => (s: any) => s.trigger(value, "e", {});
  const socket = (value: unknown) => (s: any) => s.trigger("a", "e", {}, { socket_id: value });
  behavesAsTheSdk([
    { name: "an empty channel", call: channel("") },
    { name: "an undefined channel", call: channel(undefined) },
    { name: "a channel that is a number", call: channel(1) },
    { name: "a channel that is an object", call: channel({}) },
    { name: "a channel that is a symbol", call: channel(Symbol("a")) },
    { name: "a space in a channel", call: channel("a b") },
    { name: "a line break in a channel", call: channel("a\n") },
    { name: "an umlaut in a channel", call: channel("ä") },
    { name: "a slash in a channel", call: channel("a/b") },
    { name: "the channel of a user", call: channel("#server-to-user-1") },
    { name: "a channel of 201 characters", call: channel("c".repeat(201)) },
    { name: "an illegal channel among legal ones", call: channel(["a", "b$", "c"]) },
    { name: "a hole among the channels", call: channel(["a", undefined]) },
    { name: "101 channels", call: channel(Array(101).fill("a")) },
    { name: "101 channels before their names", call: channel(Array(101).fill("$")) },
    { name: "an event of 201 characters", call: (s) => s.trigger("a", "e".repeat(201), {}) },
    { name: "an event before its channel", call: (s) => s.trigger("$", "e".repeat(201), {}) },
    { name: "an undefined event", call: (s) => s.trigger("a", undefined, {}) },
    { name: "no arguments", call: (s) => s.trigger() },
    { name: "a socket id of letters", call: socket("abc") },
    { name: "a socket id before the event", call: (s) => s.trigger("$", "e".repeat(201), {}, { socket_id: "x" }) },
    { name: "a socket id that is a number", call: socket(1.2) },
    { name: "a socket id with a line break at its end", call: socket("1.2\n") },
    { name: "a socket id with a line break before it", call: socket("\n1.2") },
    { name: "cyclic data", call: (s) => s.trigger("a", "e", cyclic) },
    { name: "cyclic data to many channels", call: (s) => s.trigger(["a", "b"], "e", cyclic) },
    { name: "a BigInt", call: (s) => s.trigger("a", "e", { id: 1n }) },
    { name: "data whose toJSON throws a string", call: (s) => s.trigger("a", "e", { toJSON: () => fail("no") }) },
    { name: "a cyclic parameter", call: (s) => s.trigger("a", "e", {}, cyclic) },
  ]);

  function fail(reason: string): never {
    // oxlint-disable-next-line no-throw-literal -- what users' code does
    throw reason;
  }
});

describe("trigger ends as npm pusher does", () => {
  const trigger = (s: any) => s.trigger("a", "e", { a: 1 });
  const many = (s: any) => s.trigger(["a", "b"], "e", { a: 1 });
  behavesAsTheSdk([
    { name: "refused with 400", answers: [{ status: 400, body: "Invalid channel name\n" }], call: trigger },
    { name: "refused with 413", answers: [{ status: 413, body: "too much\n" }], call: many },
    { name: "refused with 500 and nothing to say", answers: [{ status: 500, body: "" }], call: trigger },
    { name: "accepted with info", answers: [{ body: '{"channels":{"a":{"user_count":1}}}' }], call: many },
    { name: "201 is accepted", answers: [{ status: 201, body: "{}" }], call: trigger, inProcess: false },
    { name: "304 is accepted", answers: [{ status: 304, body: "" }], call: trigger, inProcess: false },
    { name: "399 is accepted, 400 not", answers: [{ status: 399, body: "{}" }], call: trigger, inProcess: false },
  ]);
});
