import { describe, expect, it } from "vitest";
import { createMockPusher } from "../../lib/index";
import { chainOf, verdictsOn } from "../../lib/inspector/verdicts";
import type { Entry } from "../../lib/journal/entry";
import { why } from "../../lib/journal/why";
import { JOURNAL } from "../../lib/journal/subject";

async function recorded() {
  const pusher = createMockPusher();
  const ada = pusher.client({ name: "ada" });
  ada.subscribe("task-1").bind("title", () => undefined);
  pusher.client({ name: "bob" }).subscribe("task-1");
  await pusher.idle();
  await pusher.server.trigger("task-1", "title", "first");
  await pusher.server.trigger("task-1", "title", "second");
  const page = pusher[JOURNAL]().app.journal.read();
  await pusher.close();
  return page;
}

describe("who got an event", () => {
  it("says it of the event itself, not of a later one of the same name", async () => {
    const page = await recorded();
    const [first, second] = page.entries.filter(({ kind }) => kind === "triggered");
    for (const entry of [first, second]) {
      const verdicts = verdictsOn(page, entry);
      expect(verdicts.map(({ who, reason }) => [who, reason])).toEqual([
        ["ada", "received"],
        ["bob", "never-bound"],
      ]);
    }
    expect(verdictsOn({ ...page, entries: page.entries.slice(0, 2) }, page.entries[0])).toEqual([]);
  });

  it("tells of those who are on a channel that may have been meant", async () => {
    const pusher = createMockPusher();
    const channels = ["Task-1", "private-task-1", "task_1", "task-2", "room"];
    for (const channel of channels) pusher.client({ name: channel }).subscribe(channel);
    await pusher.idle();
    const told = async (isHeard: boolean) => {
      if (isHeard) pusher.client({ name: "ada" }).subscribe("task-1");
      await pusher.idle();
      await pusher.server.trigger("task-1", "title", 1);
      const page = pusher[JOURNAL]().app.journal.read();
      return verdictsOn(page, page.entries.findLast(({ kind }) => kind === "triggered") as Entry);
    };
    const nobody = await told(false);
    expect(nobody.map(({ who }) => who)).toEqual([undefined, "Task-1", "private-task-1", "task_1", "task-2"]);
    expect(nobody.map(({ text }) => text)).toEqual([
      expect.stringContaining('Nobody was subscribed to "task-1"'),
      expect.stringContaining('Task-1 subscribed to "Task-1": did you mean that?'),
      expect.stringContaining('private-task-1 subscribed to "private-task-1"'),
      expect.stringContaining('task_1 subscribed to "task_1": did you mean that?'),
      expect.stringContaining('task-2 subscribed to "task-2": did you mean that?'),
    ]);
    // Another number is another room.
    expect((await told(true)).map(({ who, reason }) => [who, reason])).toEqual([
      ["ada", "never-bound"],
      ["Task-1", "never-subscribed"],
      ["private-task-1", "never-subscribed"],
      ["task_1", "never-subscribed"],
    ]);
    await pusher.close();
  });

  it("leaves out who came long after it or had gone before, as why() does", async () => {
    const pusher = createMockPusher();
    await pusher.server.trigger("task-1", "title", "alone");
    for (let times = 0; times < 4; times += 1) {
      const tab = pusher.client({ name: `tab ${times}` });
      tab.subscribe("task-1");
      await pusher.idle();
      if (times < 3) tab.disconnect();
    }
    await pusher.idle();
    const page = pusher[JOURNAL]().app.journal.read();
    await pusher.close();
    const [event] = page.entries;
    const after = (time: number) => ({
      ...page,
      entries: page.entries.map((entry) => (entry === event ? entry : { ...entry, t: entry.t + time })),
    });
    const soon = verdictsOn(after(0), event);
    expect(soon.map(({ who, wasThere, reason }) => [who, wasThere, reason])).toEqual(
      [0, 1, 2, 3].map((tab) => [`tab ${tab}`, false, "subscribed-later"]),
    );
    const late = verdictsOn(after(60_000), event);
    expect(late).toMatchObject([{ wasThere: true, received: false, reason: "never-subscribed" }]);
    expect(late[0].text).toMatch(/^Nobody was subscribed to "task-1" when "title" went out \(#1\)\.$/);
    for (const [time, verdicts] of [
      [0, soon],
      [60_000, late],
    ] as const)
      expect(why(after(time), { event: "title" }).text).toBe(verdicts[0].text);
    // Who is asked about is always told of.
    const asked = why(after(60_000), { event: "title", client: "tab 2" });
    expect([asked.client, asked.reason]).toEqual(["tab 2", "subscribed-later"]);
  });

  it("counts those who were subscribed when it went out, and sets apart who was not any more", async () => {
    const pusher = createMockPusher();
    const bind = (name: string) =>
      pusher
        .client({ name })
        .subscribe("task-1")
        .bind("title", () => undefined);
    bind("ada");
    bind("left").unsubscribe();
    const gone = pusher.client({ name: "gone" });
    gone.subscribe("task-1").bind("title", () => undefined);
    await pusher.idle();
    gone.disconnect();
    await pusher.idle();
    await pusher.server.trigger("task-1", "title", 1);
    bind("late");
    await pusher.idle();
    const page = pusher[JOURNAL]().app.journal.read();
    await pusher.close();
    const event = page.entries.find(({ kind }) => kind === "triggered") as Entry;
    const told = (entries: readonly Entry[]) =>
      verdictsOn({ ...page, entries: [...entries] }, event).map(({ who, wasThere, reason }) => [who, wasThere, reason]);
    expect(told(page.entries)).toEqual([
      ["ada", true, "received"],
      ["left", false, "left-before"],
      ["gone", false, "not-connected"],
      ["late", false, "subscribed-later"],
    ]);
    const shifted = page.entries.map((entry) =>
      entry.seq < event.seq
        ? { ...entry, t: entry.t - 60_000 }
        : { ...entry, t: entry.seq > event.seq ? entry.t + 60_000 : entry.t },
    );
    expect(told(shifted)).toEqual([
      ["ada", true, "received"],
      ["left", false, "left-before"],
    ]);
  });

  it("goes from effect to cause, and never round", async () => {
    const page = await recorded();
    const [a, b] = page.entries;
    expect(chainOf(page.entries, a)).toEqual(
      page.entries.some(({ cause }) => cause === a.seq)
        ? [a, ...page.entries.filter(({ cause }) => cause === a.seq)]
        : [],
    );
    expect(
      chainOf(
        [
          { ...a, cause: b.seq },
          { ...b, cause: a.seq },
        ],
        { ...b, cause: a.seq },
      ).map(({ seq }) => seq),
    ).toEqual([a.seq, b.seq]);
  });
});
