import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SchemaContract } from "../../lib/journal/contract.js";
import type { Entry } from "../../lib/journal/entry.js";

const FILE = "src/realtime.schema.ts";
const any = z.unknown();

function triggered(channel: string, event: string, value: unknown, more: Partial<Entry> = {}): Entry {
  const data = typeof value === "string" ? value : JSON.stringify(value);
  return { seq: 1, t: 0, kind: "triggered", channel, event, data, ...more };
}

/** What breaks a contract. */
const breach = (schemas: object, entry: Entry) => new SchemaContract(FILE, { default: schemas }).breach(entry);

const schemas = {
  "task-*": { "new-message": z.object({ id: z.string() }), "task-title-update": any },
  "task-archive": { archived: any },
  "presence-room": { members: z.object({ name: z.string() }), "client-typing": z.object({ on: z.boolean() }) },
  "private-encrypted-notes": { written: z.string() },
  "#server-to-user-${string}": { invited: z.object({ to: z.string() }) },
};

describe("an event keeps to a contract", () => {
  it.each<[Entry]>([
    [triggered("task-1", "new-message", { id: "m1" })],
    [triggered("task-archive", "archived", {})],
    [triggered("presence-room", "client-typing", { on: true }, { kind: "client-event" })],
    [triggered("#server-to-user-ada", "invited", { to: "task-1" })],
    // The cipher is nobody's data.
    [triggered("private-encrypted-notes", "written", { nonce: "…", ciphertext: "…" })],
    [{ seq: 1, t: 0, kind: "member-added", channel: "presence-room", user: "ada", data: '{"name":"Ada"}' }],
    // What is not known is not wrong.
    [{ seq: 1, t: 0, kind: "member-added", channel: "presence-room", user: "ada" }],
    [{ seq: 1, t: 0, kind: "member-added", channel: "presence-lobby", user: "ada", data: "{}" }],
    [{ seq: 1, t: 0, kind: "subscribed", channel: "tsk-1" }],
  ])("%j", async (entry) => {
    expect(await breach(schemas, entry)).toBeUndefined();
  });
});

describe("what breaks a contract is told", () => {
  it.each<[Entry, string]>([
    [
      triggered("task-1", "new-message", { id: 1 }, { at: "src/chat/route.ts:262:5" }),
      `"new-message" on "task-1" breaks the contract (${FILE}): data.id is 1: Invalid input: expected string, received number — triggered at src/chat/route.ts:262:5`,
    ],
    [
      triggered("task-1", "new-message", {}),
      `"new-message" on "task-1" breaks the contract (${FILE}): data.id is missing: Invalid input: expected string, received undefined`,
    ],
    [
      triggered("task-1", "new-message", "hello"),
      `"new-message" on "task-1" breaks the contract (${FILE}): data is "hello": Invalid input: expected object, received string`,
    ],
    [
      triggered("presence-room", "client-typing", { on: 1 }, { kind: "client-event", at: "src/typing.ts:3:1" }),
      `"client-typing" on "presence-room" breaks the contract (${FILE}): data.on is 1: Invalid input: expected boolean, received number — sent at src/typing.ts:3:1`,
    ],
    [
      { seq: 1, t: 0, kind: "member-added", channel: "presence-room", user: "ada", data: "{}" },
      `a member of "presence-room" breaks the contract (${FILE}): user_info.name is missing: Invalid input: expected string, received undefined`,
    ],
    [
      triggered("task-1", "new_message", { id: "m1" }, { at: "src/chat/route.ts:262:5" }),
      '"new_message" is no event of "task-*"; did you mean "new-message"? Its events are new-message, task-title-update — triggered at src/chat/route.ts:262:5',
    ],
    [
      triggered("#server-to-user-ada", "started", {}),
      '"started" is no event of "#server-to-user-${string}"; its events are invited',
    ],
    // The narrowest name counts.
    [
      triggered("task-archive", "new-message", { id: "m1" }),
      '"new-message" is no event of "task-archive"; its events are archived',
    ],
    [
      triggered("presence-room", "members", { name: "Ada" }),
      '"members" is no event of "presence-room"; its events are client-typing',
    ],
    [
      triggered("tsk-1", "new-message", { id: "m1" }),
      `"new-message" went to "tsk-1", which is no channel of the contract (${FILE}); did you mean "task-*"? Its channels are task-*, task-archive, presence-room, private-encrypted-notes, #server-to-user-\${string}`,
    ],
    [
      triggered("presence-rooms", "client-typing", { on: true }),
      `"client-typing" went to "presence-rooms", which is no channel of the contract (${FILE}); did you mean "presence-room"? Its channels are task-*, task-archive, presence-room, private-encrypted-notes, #server-to-user-\${string}`,
    ],
  ])("%j", async (entry, text) => {
    expect(await breach(schemas, entry)).toBe(text);
  });

  it("with at most three issues of an event", async () => {
    const four = z.object({ a: z.string(), b: z.string(), c: z.string(), d: z.string(), "e f": z.array(z.string()) });
    expect(
      await breach({ room: { saved: four } }, triggered("room", "saved", { a: 1, b: 2, c: 3, d: "", "e f": [1] })),
    ).toMatch(/data\.a is 1: .*; data\.b is 2: .*; data\.c is 3: .*; and 1 more$/);
    expect(
      await breach({ room: { saved: four } }, triggered("room", "saved", { a: "", b: "", c: "", d: "", "e f": [1] })),
    ).toMatch(/: data\["e f"\]\[0\] is 1: /);
  });

  it("unless one of several names of equal width that fit accepts it", async () => {
    const both = { "task-*": { saved: z.string() }, "*-draft": { saved: z.number() } };
    expect(await breach(both, triggered("task-1-draft", "saved", 1))).toBeUndefined();
    expect(await breach(both, triggered("task-1-draft", "saved", true))).toContain("data is true");
  });
});

describe("any Standard Schema will do", () => {
  it.each([
    ["zod", z.object({ id: z.string() })],
    ["zod, asynchronous", z.object({ id: z.string() }).refine(async () => true)],
    ["valibot", v.object({ id: v.string() })],
    ["arktype", type({ id: "string" })],
  ])("%s", async (_name, schema) => {
    expect(await breach({ room: { saved: schema } }, triggered("room", "saved", { id: "1" }))).toBeUndefined();
    expect(await breach({ room: { saved: schema } }, triggered("room", "saved", { id: 1 }))).toMatch(
      /^"saved" on "room" breaks the contract \(src\/realtime\.schema\.ts\): data\.id is 1: .*string/,
    );
  });

  it("exported by a module of either kind", () => {
    for (const module of [{ default: schemas }, schemas]) expect(() => new SchemaContract(FILE, module)).not.toThrow();
  });
});

describe("what is no contract is refused, with what is wrong", () => {
  const talk = "client events need a channel that begins with private- or presence-, and is not encrypted";
  it.each<[module: unknown, message: string]>([
    [undefined, `the contract (${FILE}) has no default export that is an object: export default {`],
    [{ default: z.object({}) }, `the contract (${FILE}) has no default export that is an object: export default {`],
    [{ default: {} }, `the contract (${FILE}) names no channel: export default {`],
    [{ default: { "task-*": any } }, `"task-*" in the contract (${FILE}) is `],
    [
      { default: { "task-*": { saved: { id: "string" } } } },
      `"saved" of "task-*" in the contract (${FILE}) is no Standard Schema, such as zod (3.24 and newer), valibot and arktype make, but {"id":"string"}`,
    ],
    [
      { default: { "task:*": {} } },
      `"task:*" in the contract (${FILE}) is no name of a channel: it has letters, digits and _-=@,.; in it, and * for any text`,
    ],
    [
      { default: { "task-*": { "pusher:ping": any } } },
      `"pusher:ping" of "task-*" in the contract (${FILE}) is the service's own: leave it out`,
    ],
    [
      { default: { "task-*": { "client-a": any } } },
      `"client-a" of "task-*" in the contract (${FILE}) comes from no client: ${talk}`,
    ],
    [
      { default: { "private-encrypted-a": { "client-a": any } } },
      `"client-a" of "private-encrypted-a" in the contract (${FILE}) comes from no client: ${talk}`,
    ],
    [
      { default: { "task-*": {}, "task-${string}": {} } },
      `"task-*" and "task-\${string}" in the contract (${FILE}) are the same name`,
    ],
  ])("%j", (module, message) => {
    expect(() => new SchemaContract(FILE, module)).toThrow(TypeError);
    expect(() => new SchemaContract(FILE, module)).toThrow(`pushrig: ${message}`);
  });
});
