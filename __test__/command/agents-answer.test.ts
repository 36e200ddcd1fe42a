// What an answer to an agent may be, whatever stands in it.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { type Answer, type Item, rendered, UNTRUSTED } from "../../lib/command/agents/answer.js";

const RUNS = process.env.PUSHRIG_LONG ? 20_000 : 500;

const character = fc.oneof(
  fc.string({ unit: "binary", maxLength: 1 }),
  fc.constantFrom("\n", '"', "\\", "<", "\u001b", "\u202e", "\ud800", "😀", "\0", "`", "}", "untrusted: "),
);
const text = fc.oneof(
  fc.array(character, { maxLength: 40 }).map((all) => all.join("")),
  fc.tuple(character, fc.integer({ min: 0, max: 12_000 })).map(([one, times]) => one.repeat(times)),
);
const item: fc.Arbitrary<Item> = fc.oneof(
  text,
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 20 }),
  fc.record({ seq: fc.nat(), what: text, data: text, deep: fc.jsonValue(), all: fc.array(text, { maxLength: 200 }) }),
);
const list = fc.record({
  keep: fc.constantFrom("first" as const, "last" as const),
  items: fc.array(item, { maxLength: 150 }),
});
const answer: fc.Arbitrary<Answer> = fc.record({
  words: fc.oneof(fc.constant("Done."), text),
  quoted: fc.record({ text, entries: list, clients: list, result: item, none: fc.constant(undefined) }),
});

it("is less than 4 kB over the wire, with what is quoted as one line of JSON at its end", () => {
  fc.assert(
    fc.property(answer, (given) => {
      const shown = rendered(given);
      const result = { content: [{ type: "text", text: shown }], isError: true };
      expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(4_096);
      const lines = shown.split("\n");
      expect(lines.at(-2)).toBe(UNTRUSTED);
      const quoted = lines.at(-1) ?? "";
      expect(quoted).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>&`]/u);
      expect(Object.keys(JSON.parse(quoted) as object)).toEqual(
        expect.arrayContaining(["text", "entries", "clients", "result"]),
      );
    }),
    { numRuns: RUNS },
  );
});

it("shows everything where there is room", () => {
  const quoted = {
    text: 'a "text"',
    entries: { keep: "last" as const, items: [{ seq: 1 }, { seq: 2 }] },
    none: undefined,
  };
  expect(rendered({ words: "2 entries.", quoted })).toBe(
    `2 entries.\n${UNTRUSTED}\n{"text":"a \\"text\\"","entries":[{"seq":1},{"seq":2}]}`,
  );
  expect(rendered({ words: "Done." })).toBe("Done.");
});

it.each([
  ["last", [99, 100], "the first"],
  ["first", [1, 2], "the last"],
] as const)("keeps the %s of a list that is too long, and says what it leaves out", (keep, wanted, left) => {
  const items = Array.from({ length: 100 }, (_, at) => ({ seq: at + 1, data: "x".repeat(2_000) }));
  const { entries, ...rest } = JSON.parse(
    rendered({ words: "", quoted: { entries: { keep, items } } }).split("\n")[2] ?? "",
  );
  const numbers = (entries as Array<{ seq: number; data: string }>).map(({ seq }) => seq);
  expect(numbers.length).toBeGreaterThan(5);
  expect(keep === "last" ? numbers.slice(-2) : numbers.slice(0, 2)).toEqual(wanted);
  expect(rest["entries left out"]).toBe(`${left} ${100 - numbers.length} of 100`);
  expect(entries[0].data).toMatch(/^x+… \([\d,]+ more characters\)$/);
});

it("cuts no character in two", () => {
  const [, , line] = rendered({ words: "", quoted: { text: `a${"😀".repeat(3_000)}` } }).split("\n");
  expect((JSON.parse(line ?? "") as { text: string }).text).toMatch(/^a😀+… \([\d,]+ more characters\)$/u);
});
