import { describe, expect, it } from "vitest";
import { open } from "./world";

/** Three clients on a channel, and what each has received. */
async function three() {
  const world = await open();
  const got: string[] = [];
  for (const name of ["ada", "bob", "grace"]) {
    world.app
      .client({ name })
      .subscribe("task-1")
      .bind("title", (data: string) => got.push(`${name} ${data}`));
  }
  await world.app.channel("task-1").subscribed({ count: 3 });
  return { ...world, got };
}

describe("an event for one client only", () => {
  it("reaches that one, and the journal says why nobody else got it", async () => {
    const { app, remote, got } = await three();
    const { events } = await remote.trigger("task-1", "title", "again", { only: "bob" });
    expect(events).toMatchObject([{ channel: "task-1", subscribers: 3 }]);
    await app.idle();
    expect(got).toEqual(["bob again"]);
    expect(await remote.why({ event: "title", client: "bob" })).toMatchObject({ reason: "received" });
    expect(await remote.why({ event: "title", client: "ada" })).toMatchObject({ reason: "lost" });
  });

  it("leaves later events alone", async () => {
    const { app, remote, got } = await three();
    await remote.trigger("task-1", "title", "1", { only: "bob" });
    await app.server.trigger("task-1", "title", "2");
    await app.idle();
    expect(got.toSorted()).toEqual(["ada 2", "bob 1", "bob 2", "grace 2"]);
    expect(await remote.network.faults()).toEqual([]);
  });

  it("is refused where that one is not there, and nobody gets it", async () => {
    const { app, post, got } = await three();
    app.client({ name: "zoe" }).subscribe("task-2");
    await app.idle();
    const told = async (body: object) => {
      const { status, json } = await post("trigger", { event: "title", data: "1", ...body });
      return [status, json.error?.message];
    };
    expect(await told({ channel: "task-1", only: "zoe" })).toEqual([
      409,
      'pushrig: "zoe" is not subscribed to "task-1"',
    ]);
    expect(await told({ channel: "task-1", only: "eve" })).toEqual([
      409,
      expect.stringContaining('there is no client "eve"'),
    ]);
    for (const wrong of [
      { to: "ada" },
      { channel: ["task-1", "task-2"] },
      { channel: "task-1", as: { client: "ada" } },
    ])
      expect(await told({ ...wrong, only: "ada" })).toEqual([
        400,
        expect.stringContaining("the field only of POST trigger"),
      ]);
    await app.idle();
    expect(got).toEqual([]);
  });
});
