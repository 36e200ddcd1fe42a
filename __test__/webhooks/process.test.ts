import { describe, expect, it } from "vitest";
import { RecordingServer } from "../support/recording-server";
import { results } from "../support/child";

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

  it("stays while settledWebhooks() waits for what is held back", async () => {
    expect(await results("awaited.cjs", base)).toEqual([["channel_occupied", "channel_vacated"]]);
  });
});
