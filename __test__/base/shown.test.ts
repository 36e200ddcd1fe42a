import { createContext, runInContext } from "node:vm";
import { expect, it } from "vitest";
import { show } from "../../lib/base/shown.js";

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

it.each([
  ["text", '"text"'],
  [undefined, "undefined"],
  [null, "null"],
  [7n, "7"],
  [[1, "a"], '[1,"a"]'],
  [{ min: 5, max: 1 }, '{"min":5,"max":1}'],
  [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  [runInContext("({ a: 1 })", createContext()), '{"a":1}'],
  [{ key: "k", secret: "s" }, '{"key":"k","secret":"…"}'],
  [{ text: "x".repeat(200) }, `{"text":"${"x".repeat(91)}…`],
  [cyclic, "an object"],
  [[1n], "a list"],
  [new Error("reason"), "Error: reason"],
])("an error message shows %o as %s", (value, text) => {
  expect(show(value)).toBe(text);
});
