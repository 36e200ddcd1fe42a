import { describe, expect, it, vi } from "vitest";
import { RecordingServer } from "../support/recording-server";
import { results } from "../support/child";

// Sockets and processes take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const base = import.meta.url;

describe("the process", () => {
  it("ends although departures are held back and failed webhooks are to be sent again", async () => {
    expect(await results("waiting.cjs", base)).toEqual([["retrying"]]);
  });

  it("stays until a webhook under way has arrived", async () => {
    const server = new RecordingServer();
    await server.listen();
    try {
      expect(await results("under-way.cjs", base, { args: [server.origin] })).toEqual(["said"]);
      expect(server.requests.map(({ body }) => JSON.parse(body).events[0].name)).toEqual(["channel_occupied"]);
    } finally {
      await server.close();
    }
  });

  it("does not stay for the rest of an answer", async () => {
    const server = new RecordingServer();
    server.answers = [{ endless: true }];
    await server.listen();
    try {
      expect(await results("under-way.cjs", base, { args: [server.origin] })).toEqual(["said"]);
      expect(server.requests).toHaveLength(1);
    } finally {
      await server.close();
    }
  });

  it("stays while a handler in it is at work", async () => {
    expect(await results("handler.cjs", base)).toEqual([[{ state: "delivered", status: 200 }]]);
  });

  it("stays while settledWebhooks() waits for what is held back", async () => {
    expect(await results("awaited.cjs", base)).toEqual([["channel_occupied", "channel_vacated"]]);
  });
});

describe("the receiver", () => {
  it("hears of what happens on another thread, its end included", async () => {
    expect(await results("threads.cjs", base)).toEqual([
      [
        "channel_occupied presence-room",
        "member_added presence-room",
        "member_removed presence-room",
        "channel_vacated presence-room",
      ],
    ]);
  });

  it("is the one of the copy that was the last to add one; a reset reaches every copy's list", async () => {
    expect(await results("copies.cjs", base)).toEqual([{ copies: true, seen: ["first", "second"] }, [[], []]]);
  });
});
