// What a trace says, and what it hides.
import { describe, expect, it } from "vitest";
import type { Entry, Page } from "../../lib/journal/entry.js";
import { readTrace, TraceError, traceOf, TraceReader, TraceWriter } from "../../lib/journal/trace.js";
import { why } from "../../lib/journal/why.js";

const connected = {
  seq: 1,
  t: 0,
  kind: "connected",
  connection: "c1",
  client: 1,
  door: "process",
  name: "ada",
} as const;
const triggered = (seq: number, data: string, more: Partial<Entry> = {}): Entry => ({
  seq,
  t: seq,
  kind: "triggered",
  channel: "task-1",
  event: "new-message",
  subscribers: 1,
  sockets: 0,
  data,
  bytes: Buffer.byteLength(data),
  ...more,
});
const page = (...entries: Entry[]): Page => ({
  start: 0,
  forgotten: 0,
  last: entries.at(-1)?.seq ?? 0,
  date: 1_700_000_000_000,
  base: [],
  before: [],
  taken: {},
  entries,
});
const data = (text: string, at = 0) => readTrace(text).entries[at]?.data;

describe("a trace", () => {
  it("is read as it was written, so that why() answers the same", () => {
    const steps: Entry[] = [
      connected,
      { seq: 2, t: 1, kind: "subscribed", connection: "c1", client: 1, channel: "task-1" },
      triggered(3, '{"id":"m1"}'),
      { seq: 4, t: 4, kind: "bound", connection: "c1", client: 1, channel: "task-1", event: "new-message", taken: 3 },
    ];
    const whole = { ...page(...steps), taken: { c1: 3 } };
    const trace = readTrace(traceOf(whole, { test: "a test", file: "a.test.ts", seed: 7, app: "1" }, "no message"));
    expect(trace).toMatchObject({ isCut: false, failure: "no message", page: whole, entries: steps });
    expect(trace.header).toMatchObject({
      v: 1,
      trace: "pushrig",
      test: "a test",
      file: "a.test.ts",
      seed: 7,
      app: "1",
    });
    const question = { event: "new-message", channel: "task-1", client: "ada" };
    expect(why(trace.page, question)).toEqual(why(whole, question));
    expect(why(trace.page, question).reason).toBe("bound-later");
  });

  it("has its reason in the last line", () => {
    const last = traceOf(page(connected), {}, "nobody was there").trimEnd().split("\n").at(-1);
    expect(JSON.parse(last!)).toEqual({ failure: "nobody was there", last: 1, taken: {} });
  });

  it("keeps 2 KiB of a payload, no half characters, or all of it", () => {
    const long = JSON.stringify("é".repeat(3_000));
    const entry = triggered(1, long);
    const text = traceOf(page(entry), {});
    expect(Buffer.byteLength(data(text)!)).toBe(2_047);
    expect(data(text)).not.toContain("\ufffd");
    expect(readTrace(text).entries[0]).toMatchObject({ cut: true, bytes: 6_002 });
    expect(readTrace(traceOf(page(entry), {}, undefined, { full: true })).entries[0]).toEqual(entry);
  });

  it("says of a payload of which its writer had the beginning only that it is cut", () => {
    const text = traceOf(page(triggered(1, '{"id":"m', { bytes: 11 })), {}, undefined, { full: true });
    expect(readTrace(text).entries[0]).toMatchObject({ cut: true, bytes: 11, data: '{"id":"m' });
  });

  it("blanks values under names like secrets, wherever they stand in the payload, and keeps their shape", () => {
    const payload = {
      id: "m1",
      password: "hunter22",
      accessToken: "t1",
      api_key: "k",
      "x-api-key": "k2",
      pin: 1234,
      maxTokens: 50,
      nested: [{ Authorization: "Bearer abc", client_secret: { a: "b", n: 1, on: true } }],
      text: '{"token":"inside"}',
    };
    const entry = readTrace(traceOf(page(triggered(1, JSON.stringify(payload))), {})).entries[0];
    expect(JSON.parse(entry!.data!)).toEqual({
      id: "m1",
      password: "[blanked]",
      accessToken: "[blanked]",
      api_key: "[blanked]",
      "x-api-key": "[blanked]",
      pin: 0,
      maxTokens: 50,
      nested: [{ Authorization: "[blanked]", client_secret: { a: "[blanked]", n: 0, on: true } }],
      text: '{"token":"[blanked]"}',
    });
    expect(entry).toMatchObject({ blanked: true, bytes: Buffer.byteLength(entry!.data!) });
  });

  it("blanks them also in payloads that are cut, or no JSON, in addresses, and in the failure", () => {
    const cut = traceOf(page(triggered(1, '{"a":1,"password":"hunt', { bytes: 40 })), {});
    expect(data(cut)).toBe('{"a":1,"password":"[blanked]"');
    expect(data(traceOf(page(triggered(1, "user=ada&token=t-1&x=2")), {}))).toBe("user=ada&token=[blanked]&x=2");
    const hook: Entry = { seq: 1, t: 0, kind: "webhook", to: "http://u:p-1@127.0.0.1/hook?token=t-2", events: [] };
    const text = traceOf(page(hook), {}, 'got {"password":"hunter22","id":"m1"}');
    expect(text).not.toMatch(/hunter22|p-1|t-2/);
    expect(text).toContain('\\"id\\":\\"m1\\"');
  });

  it("has configured secrets nowhere, not even their beginnings", () => {
    const secret = 'very"secret-of-the-app';
    const text = traceOf(
      page(
        { ...connected, name: secret },
        triggered(2, JSON.stringify({ note: `it is ${secret}!` })),
        triggered(3, secret),
      ),
      { test: `shows ${secret}` },
      `expected ${secret}, or ${secret.slice(0, 12)}…`,
      { secrets: [secret, "room"] },
    );
    expect(text).not.toMatch(/very\\*"secr/);
    expect(readTrace(text).entries).toHaveLength(3);
  });

  it("leaves alone what is no secret", () => {
    const plain = '{ "id": "m1",  "keys": ["a"], "author": "ada" }';
    expect(readTrace(traceOf(page(triggered(1, plain)), {})).entries[0]).toEqual(triggered(1, plain));
  });

  it("is appended to as things happen, over a reset", () => {
    const writer = new TraceWriter({ test: "a test" });
    const first = writer.more(page(connected));
    expect(writer.more(page(connected))).toBe("");
    const after = {
      ...page({ seq: 3, t: 3, kind: "subscribing", channel: "task-1" } as Entry),
      start: 2,
      forgotten: 2,
    };
    const trace = readTrace(first + writer.more(after));
    expect(trace.isCut).toBe(true);
    expect(trace.entries.map(({ seq }) => seq)).toEqual([1, 3]);
    expect(trace.page).toMatchObject({ start: 2, last: 3, entries: [{ seq: 3 }] });
    expect(trace.pages).toEqual([expect.objectContaining({ start: 0, entries: [connected] }), trace.page]);
  });

  it("is read as far as it goes, wherever it was cut behind its first line", () => {
    const text = traceOf(page(connected, triggered(2, '{"id":"ä"}')), { test: "a test" }, "no");
    const begin = text.indexOf("\n");
    for (let end = begin; end < text.length - 1; end += 1) {
      const trace = readTrace(text.slice(0, end));
      expect(trace.isCut).toBe(end < text.length - 1 && trace.failure === undefined);
      expect(trace.entries.length).toBeLessThanOrEqual(2);
    }
  });

  it("is read the same in pieces, wherever they end", () => {
    const text = traceOf(page(connected, triggered(2, '{"a":"ä\\n"}'), triggered(3, "null")), { test: "a test" }, "no");
    for (let size = 1; size < text.length; size += 7) {
      const reader = new TraceReader();
      for (let at = 0; at < text.length; at += size) reader.read(text.slice(at, at + size));
      expect(reader.end()).toEqual(readTrace(text));
    }
  });

  it.each([
    ["", "is empty, and no trace"],
    ["\n \n", "is empty, and no trace"],
    ['{"v":1,"trace":"pus', "is cut within its first line: nothing of the trace is left"],
    ["hello\nthere", "is no trace: a trace begins with a line of JSON that says which test it is of"],
    ["null", 'is no trace: a trace begins with {"v":1,"trace":"pushrig", …}'],
    ['{"v":1,"type":"listening"}', "is no trace, but what pushrig --json has printed"],
    [
      '{"v":2,"trace":"pushrig","version":"9.0.0"}',
      "is a trace of version 2, and this pushrig reads version 1. pushrig 9.0.0 has written it. Use the one that wrote it",
    ],
    ['{"v":1,"trace":"pushrig"}\nhalf\n{"failure":null}', "is damaged: line 2 is not JSON"],
    ['{"v":1,"trace":"pushrig"}\n[]\n{"failure":null}', "is damaged: line 2 is [], and no object"],
    [
      '{"v":1,"trace":"pushrig"}\n{"seq":"1"}\n{"failure":null}',
      "is damaged: line 2 is no entry, with a seq and a kind",
    ],
  ])("says of %j why it cannot be read", (text, sentence) => {
    const read = () => readTrace(text);
    expect(read).toThrow(TraceError);
    expect(read).toThrow(sentence);
  });
});
