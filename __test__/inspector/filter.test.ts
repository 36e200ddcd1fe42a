import { describe, expect, it } from "vitest";
import { filterOf } from "../../lib/inspector/filter";
import { People } from "../../lib/inspector/people";
import type { Entry } from "../../lib/journal/entry";

const entry = (rest: Partial<Entry>): Entry => ({ seq: 1, t: 0, kind: "triggered", ...rest });
const title = entry({ channel: "task-1", event: "title-update", data: '{"id":"m1"}', subscribers: 2 });
const lonely = entry({ channel: "room", event: "new-message", subscribers: 0 });
const refused = entry({ kind: "refused", channel: "private-task-1", connection: "52.118", code: 403 });

const shown = (text: string) => [title, lonely, refused].filter(filterOf(text).admits);

describe("the filter of the timeline", () => {
  it.each([
    ["", [title, lonely, refused]],
    ["channel:task-*", [title]],
    ["channel:task", [title, refused]],
    ["CHANNEL", []],
    ["event:new", [lonely]],
    ["is:unheard", [lonely]],
    ["is:refused", [refused]],
    ["-is:event", [refused]],
    ["client:52.118", [refused]],
    ["m1", [title]],
    ['data:"\\"id"', []],
    ["kind:triggered -channel:room", [title]],
  ])("%s", (text, expected) => {
    expect(shown(text)).toEqual(expected);
  });

  it.each([
    ["client:bob", [1, 2, 4]],
    ["client:52.118", [1, 2, 4]],
    ["client:7", [1, 2, 4]],
    ["user:7", [1, 2, 4, 5]],
    ["-client:bob", [3, 5]],
  ])("%s knows whose connection an entry is about", (text, expected) => {
    const people = new People();
    const entries = [
      entry({ seq: 1, kind: "connected", connection: "mock-1", client: 1, name: "bob", socketId: "52.118" }),
      entry({ seq: 2, kind: "bound", connection: "mock-1", client: 1, channel: "task-1", event: "e" }),
      entry({ seq: 3, kind: "bound", connection: "mock-2", client: 2, channel: "task-1", event: "e" }),
      entry({ seq: 4, kind: "signed-in", connection: "mock-1", client: 1, user: "7" }),
      entry({ seq: 5, channel: "#server-to-user-7", event: "hello", subscribers: 1 }),
    ];
    for (const one of entries) people.take(one);
    const { admits } = filterOf(text, people);
    expect(entries.filter(admits).map(({ seq }) => seq)).toEqual(expected);
  });

  it("admits everything while a word is being typed", () => {
    for (const text of ["is:", "channel:", "-", '"']) expect(filterOf(text).problems).toEqual([]);
    expect(shown("is:")).toHaveLength(3);
  });

  it("says what is not understood, and what was meant", () => {
    expect(filterOf("chanel:x").problems).toEqual(['"chanel" is none; did you mean channel?']);
    expect(filterOf("is:odd").problems).toEqual([
      'is:"odd" is none; there are is:event, is:unheard, is:twice, is:refused, is:failed, is:client',
    ]);
  });

  it("takes an address for what it is", () => {
    const sent = entry({ kind: "webhook", to: "http://127.0.0.1:3000/hook", events: ["channel_occupied"] });
    expect(filterOf("http://127.0.0.1").admits(sent)).toBe(true);
  });
});
