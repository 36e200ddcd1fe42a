import { describe, expect, it } from "vitest";
import { createMockPusher } from "../../lib/index";
import { chainOf, verdictsOn } from "../../lib/inspector/verdicts";
import type { Entry } from "../../lib/journal/entry";
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
