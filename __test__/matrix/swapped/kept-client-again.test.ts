// The application keeps its client in a module, which outlives a test file where files are not isolated: see kept-client.test.ts.
import { channel, pusherMockState } from "pushrig";
import { getPusherClient } from "./app/pusher";

it("is the client of this file's tests, although it is used before anything of the mock", async () => {
  getPusherClient().subscribe("kept");
  expect(await channel("kept").subscribed({ by: getPusherClient() })).toHaveLength(1);
  expect(pusherMockState.getSubscriberCount("kept")).toBe(1);
});
