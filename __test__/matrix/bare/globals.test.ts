// Under Jest with `injectGlobals: false` nobody but who imports them has the runner's functions.
import { describe, expect, it } from "@jest/globals";
import Pusher from "pusher";
import { MockPusherServer, pusherMockState } from "pushrig";

describe("without injected globals", () => {
  it("has no global functions", () => {
    expect("afterEach" in globalThis).toBe(false);
  });

  it("swaps, and has something to forget", async () => {
    expect(Pusher).toBe(MockPusherServer);
    await new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "mt1" }).trigger("channel", "event", {});
    expect(pusherMockState.getChannelMessages("channel")).toHaveLength(1);
  });

  it("forgot it", () => {
    expect(pusherMockState.getChannelMessages("channel")).toEqual([]);
  });
});
