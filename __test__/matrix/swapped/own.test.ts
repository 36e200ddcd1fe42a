// A specifier counts by what it resolves to. The configurations find `pusher/updateChannel` in the application's own folder.
import { createRequire } from "node:module";
import Realtime from "realtime";
import { updateChannel } from "pusher/updateChannel";
import * as commonjs from "dep-cjs";
import * as esmodule from "dep-esm";
import { MockPusherClient } from "pushrig";

describe("the user's own modules", () => {
  it("stay the user's, also below a folder named pusher", () => {
    expect(updateChannel("1")).toBe("task-1 is up to date");
  });
});

describe("pusher-js under another name, as npm installs it for npm:pusher-js", () => {
  it("is the mock in the source", () => {
    expect(Realtime).toBe(MockPusherClient);
    expect(createRequire(__filename)("realtime")).toBe(MockPusherClient);
  });

  it("is the mock in dependencies", () => {
    expect(commonjs.Renamed).toBe(MockPusherClient);
    expect(esmodule.Renamed).toBe(MockPusherClient);
  });
});
