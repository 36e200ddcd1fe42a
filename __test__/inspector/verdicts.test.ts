import { describe, expect, it } from "vitest";
import { createMockPusher } from "../../lib/index";
import { chainOf, verdictsOn } from "../../lib/inspector/verdicts";
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
