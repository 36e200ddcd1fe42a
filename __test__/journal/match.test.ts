import { describe, expect, it } from "vitest";
import { differences, matches, showMatch } from "../../lib/journal/match.js";

describe("data is as expected when", () => {
  it.each<[title: string, expected: unknown, data: unknown]>([
    ["nothing is expected", undefined, { id: "m1" }],
    ["it has the fields that are expected, and others", { id: "m1" }, { id: "m1", title: "x" }],
    ["that is so at any depth", { user: { id: 1 } }, { user: { id: 1, name: "ada" } }],
    ["the items of a list are, one by one", [{ id: 1 }, { id: 2 }], [{ id: 1, a: 1 }, { id: 2 }]],
    ["it is the same text", "hello", "hello"],
    ["it is null, and null is expected", { id: null }, { id: null }],
    ["a date has become its text", { at: new Date(0) }, { at: "1970-01-01T00:00:00.000Z" }],
    ["a number that JSON lacks has become null", [Number.NaN, -0], [null, 0]],
    ["a hole of a list has become null", [undefined], [null]],
    ["a field is not there, as expected", { error: undefined }, { id: 1 }],
    ["an asymmetric matcher likes it", { id: expect.any(String) }, { id: "m1" }],
    ["an asymmetric matcher likes the whole", expect.objectContaining({ id: "m1" }), { id: "m1", a: 1 }],
    ["a function likes it", (data: { id: string }) => data.id === "m1", { id: "m1" }],
    ["a function inside likes it", { id: (id: string) => id.startsWith("m") }, { id: "m1" }],
    ["a text fits a regular expression", { id: /^m\d$/g }, { id: "m1" }],
    ["a field is called as one of Object.prototype", { constructor: 1 }, { constructor: 1 }],
  ])("%s", (_title, expected, data) => {
    expect(differences(expected, data)).toEqual([]);
    expect(matches(expected, data)).toBe(true);
  });
});

describe("it says what differs:", () => {
  it.each<[expected: unknown, data: unknown, texts: string[]]>([
    [{ id: "m1" }, { id: "m7" }, ['data.id: "m7" where "m1" is expected']],
    [
      { id: "m1", user: { id: 7 } },
      { id: "m7", user: { id: "7" } },
      ['data.id: "m7" where "m1" is expected', 'data.user.id: "7" where 7 is expected'],
    ],
    [{ id: "m1" }, { ID: "m1" }, ['data.id: missing, "m1" is expected; "ID" is there']],
    [{ userId: 1 }, { user_id: 1 }, ['data.userId: missing, 1 is expected; "user_id" is there']],
    [{ "a b": 1 }, { "a b": 2 }, ['data["a b"]: 2 where 1 is expected']],
    [{ error: undefined }, { error: "x" }, ['data.error: "x" where nothing is expected']],
    [{ id: "m1" }, "m1", ['data: "m1" where {"id":"m1"} is expected']],
    [{}, [], ["data: [] where {} is expected"]],
    [{ id: "m1" }, undefined, ['data: nothing where {"id":"m1"} is expected']],
    [
      [1, { id: 2 }],
      [1, { id: 3 }, 4],
      ["data: 3 items where 2 are expected", "data[1].id: 3 where 2 is expected"],
    ],
    [[1], [], ["data: 0 items where 1 is expected"]],
    [{ id: expect.any(Number) }, { id: "m1" }, ['data.id: "m1" where Any<Number> is expected']],
    [{ id: expect.any(Number) }, {}, ["data.id: missing, Any<Number> is expected"]],
    [{ id: expect.stringMatching(/^m/) }, { id: "x" }, ['data.id: "x" where StringMatching /^m/ is expected']],
    [
      expect.objectContaining({ id: "m1" }),
      { id: "m7" },
      ['data: {"id":"m7"} where ObjectContaining {"id":"m1"} is expected'],
    ],
    [(data: { id: string }) => data.id === "m1", { id: "m7" }, ['data: {"id":"m7"} is not what the function wants']],
    [
      (data: { user: { id: string } }) => data.user.id === "ann",
      { id: "m7" },
      [`data: {"id":"m7"} makes the function throw "TypeError: Cannot read properties of undefined (reading 'id')"`],
    ],
    [{ id: /^m\d$/ }, { id: "x1" }, ['data.id: "x1" where /^m\\d$/ is expected']],
    [{ id: 7n }, { id: 7 }, ["data.id: 7 where a bigint is expected, which JSON does not have"]],
    [{ hasOwnProperty: 1 }, {}, ["data.hasOwnProperty: missing, 1 is expected"]],
    [
      [1, 2, 3, 4, 5, 6],
      [0, 0, 0, 0, 0, 0],
      [...[1, 2, 3, 4].map((n) => `data[${n - 1}]: 0 where ${n} is expected`), "and 2 more"],
    ],
  ])("%o, got %o", (expected, data, texts) => {
    expect(differences(expected, data)).toEqual(texts);
    expect(matches(expected, data)).toBe(false);
  });
});

it("refuses a function that answers a promise, which is always true", () => {
  expect(() => matches(async () => false, {})).toThrow(
    "pushrig: a function that data has to fulfil answers true or false at once, not a promise",
  );
});

it.each([
  [{ id: "m1" }, '{"id":"m1"}'],
  [expect.any(String), "Any<String>"],
  [() => true, "what a function says"],
  [/m/, "/m/"],
])("shows %o as %s", (expected, text) => {
  expect(showMatch(expected)).toBe(text);
});

it("asks a matcher about what is missing", () => {
  expect(matches({ id: expect.not.stringContaining("x") }, {})).toBe(true);
  expect(matches({ id: (id: unknown) => id === undefined }, {})).toBe(true);
});
