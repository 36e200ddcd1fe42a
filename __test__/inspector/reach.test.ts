import { describe, expect, it } from "vitest";
import { People } from "../../lib/inspector/people";
import { reachText, type SeenEntry } from "../../lib/inspector/reach";
import { EntryTimeline } from "../../lib/inspector/timeline";

let seq = 0;
const entry = (rest: Partial<SeenEntry>): SeenEntry => ({ seq: (seq += 1), t: 0, kind: "triggered", ...rest });
const subscribed = (connection: string, channel: string) => entry({ kind: "subscribed", connection, channel });

/** The event as a row says it, after these entries. */
function told(before: SeenEntry[], event: SeenEntry, after: SeenEntry[] = []): string {
  const [people, timeline] = [new People(), new EntryTimeline()];
  for (const one of [...before, event, ...after]) {
    people.take(one);
    timeline.add([one]);
  }
  return reachText(event);
}

describe("how many an event went to", () => {
  it("leaves out whom the publisher leaves out, if that one is subscribed", () => {
    const two = [subscribed("1.1", "room"), subscribed("2.2", "room")];
    const except = (connection: string) => entry({ channel: "room", subscribers: 2, except: connection });
    expect(told(two, except("1.1"))).toBe("1 of 2 clients");
    expect(told(two, except("3.3"))).toBe("2 clients");
    expect(told([...two, subscribed("3.3", "elsewhere")], except("3.3"))).toBe("2 clients");
    const left = entry({ kind: "left", connection: "1.1", channel: "room" });
    expect(told([...two, left], entry({ channel: "room", subscribers: 1, except: "1.1" }))).toBe("1 client");
  });

  it("knows who was subscribed before the first row", () => {
    const people = new People();
    people.begin([{ connection: "1.1", door: "socket", isConnected: true, channels: ["room"], bindings: [] }]);
    const event = entry({ channel: "room", subscribers: 1, except: "1.1" });
    people.take(event);
    expect(reachText(event)).toBe("none of 1");
  });

  it("leaves out the client that sent it", () => {
    const sent = (subscribers: number) =>
      entry({ kind: "client-event", connection: "1.1", channel: "private-a", subscribers });
    expect(told([], sent(3))).toBe("2 of 3 clients");
    expect(told([], sent(1))).toBe("none of 1");
  });

  it("counts those to whom a fault has lost it", () => {
    const event = entry({ channel: "room", subscribers: 2 });
    const lost = () => entry({ kind: "fault", method: "lose", cause: event.seq, channel: "room" });
    expect(told([], event, [lost()])).toBe("1 of 2 clients");
    expect(told([], event, [lost()])).toBe("none of 2");
  });

  it("says unheard where nobody was subscribed", () => {
    expect(told([], entry({ channel: "room", subscribers: 0 }))).toBe("unheard");
    expect(told([], entry({ kind: "connected" }))).toBe("");
  });
});

describe("an event that is sent twice", () => {
  const sent = (rest: Partial<SeenEntry>) => entry({ channel: "room", event: "e", data: "1", bytes: 1, ...rest });

  it("is marked, the first one too, if channel, name and data are the same", () => {
    const people = new People();
    const all = [sent({}), sent({ data: "2" }), sent({ channel: "hall" }), sent({})];
    expect(all.map((one) => people.take(one))).toEqual([false, false, false, true]);
    expect(all.map(({ isTwice }) => isTwice === true)).toEqual([true, false, false, true]);
  });

  it("is compared with the latest 2,000 only, and with none from before a reset", () => {
    const people = new People();
    const first = sent({});
    people.take(first);
    for (let n = 0; n < 2_000; n += 1) people.take(sent({ data: `other ${n}` }));
    expect(people.take(sent({}))).toBe(false);
    people.reset();
    expect(people.take(sent({}))).toBe(false);
    expect(first.isTwice).toBeUndefined();
  });
});

describe("names in rows", () => {
  it("are those that clients have by now, from before the first row too", () => {
    const people = new People();
    people.begin([{ connection: "c-1", name: "ada", door: "process", isConnected: true, channels: [], bindings: [] }]);
    people.take(entry({ kind: "connected", connection: "2.2", door: "socket" }));
    expect(people.clients.labelOf("c-1")).toBe("ada");
    expect(people.clients.labelOf("2.2")).toBe("socket 2.2");
    people.take(entry({ kind: "signed-in", connection: "2.2", user: "grace" }));
    expect(people.clients.labelOf("2.2")).toBe("user grace");
    people.reset();
    expect(people.clients.labelOf("2.2")).toBe("user grace");
  });
});
