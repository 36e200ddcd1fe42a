/** The verbose log: what the journal knows of each trigger, as `why()` says it. */

import { createMockPusher, type MockPusher, type MockPusherOptions } from "pushrig";
import { afterEach, describe, expect, it, vi } from "vitest";

let world: MockPusher;
let lines: string[];

function logged(options: MockPusherOptions = {}): MockPusher {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  world = createMockPusher({ debug: true, ...options });
  return world;
}

/** What was logged since the last look, without the lines of this file. */
const told = (): string[] => lines.splice(0).map((line) => line.replace(/ {3}\S*debug-log\.test\.ts:\d+:\d+/, ""));

afterEach(() => {
  world.close();
  vi.restoreAllMocks();
});

describe("the verbose log", () => {
  it("shows a trigger with its line, who received it, who did not and why", async () => {
    const { server } = logged();
    const [ada, two, three] = [world.client({ name: "ada" }), world.client(), world.client()];
    ada.subscribe("task-1").bind("new-message", () => {});
    two.subscribe("task-1");
    three.subscribe("task-1");
    await server.trigger("task-1", "new-message", { a: 1 }, { socket_id: three.connection.socket_id });
    const seq = lines[0]?.match(/#\d+/)?.[0];
    expect(lines[0]).toMatch(/left out {3}\S*debug-log\.test\.ts:\d+:\d+$/);
    expect(told()).toEqual([
      `pushrig: ${seq} trigger new-message on task-1 {"a":1} → 3 clients, ${three.connectionId} left out`,
      `pushrig:   ${two.connectionId} is subscribed, but nothing is bound to "new-message" on "task-1".`,
      `pushrig:   ada got "new-message" on "task-1" (${seq}).`,
      expect.stringContaining(
        `pushrig:   ${three.connectionId} counts as the sender of "new-message" on "task-1" (${seq}) and was left out`,
      ),
    ]);
  });

  it("asks whether a channel or an event one edit away was meant", () => {
    const { state } = logged();
    world
      .client()
      .subscribe("task-1")
      .bind("new-message", () => {});
    state.trigger("tsak-1", "new-message", 1);
    expect(told()).toEqual([
      expect.stringMatching(/^pushrig: #\d+ trigger new-message on tsak-1 1 → 0 clients$/),
      expect.stringMatching(/Nobody was subscribed to "tsak-1" .*"task-1" had a subscriber: did you mean that\?$/),
    ]);
    state.trigger("task-1", "new-mesage", 1);
    expect(told()[1]).toMatch(/nothing is bound to "new-mesage" .* Did you mean "new-message"\? That is bound\.$/);
  });

  it("shows each event of a batch, those of the same name too, and what a callback triggers before what called it", async () => {
    const { server, state } = logged();
    const channel = world.client({ name: "ada" }).subscribe("room");
    channel.bind("e", () => {});
    await server.triggerBatch([
      { channel: "room", name: "e", data: "1" },
      { channel: "room", name: "e", data: "2" },
    ]);
    const heads = (): string[] => told().filter((line) => line.includes(" trigger "));
    expect(heads()).toEqual([expect.stringMatching(/e on room 1/), expect.stringMatching(/e on room 2/)]);
    channel.bind("outer", () => state.trigger("room", "inner", 1));
    state.trigger("room", "outer", 1);
    expect(heads()).toEqual([expect.stringMatching(/inner on room/), expect.stringMatching(/outer on room/)]);
  });

  it("says what was refused, and what a callback threw", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { server, state } = logged({ limits: { dataBytes: 5 } });
    await expect(server.trigger("room", "e", "too long")).rejects.toThrow("status code 413");
    expect(told()).toEqual([expect.stringMatching(/^pushrig: #\d+ trigger e on room is refused: 413 /)]);
    world
      .client({ name: "ada" })
      .subscribe("room")
      .bind("e", () => {
        throw new Error("a mistake");
      });
    state.trigger("room", "e", 1);
    expect(told()[1]).toMatch(/^pushrig: {3}ada got "e" .*, and its callback threw Error: a mistake\.$/);
  });

  it("shows twenty clients, and counts the others", () => {
    const { state } = logged();
    for (let n = 0; n < 30; n += 1) world.client().subscribe("room");
    state.trigger("room", "e", 1);
    const all = told();
    expect(all).toHaveLength(22);
    expect(all.at(-1)).toBe("pushrig:   and 10 more clients");
  });

  it("survives a callback that closes the app", () => {
    const { state } = logged();
    world
      .client()
      .subscribe("room")
      .bind("e", () => world.close());
    expect(() => state.trigger("room", "e", 1)).not.toThrow();
  });
});
