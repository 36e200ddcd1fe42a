/* oxlint-disable vitest/expect-expect -- that they fail is what they are for */
// Tests in a page that fail leave traces, which the plugin writes in Vitest's process. The titles say whether a test fails.
import Pusher from "pusher";
import PusherClient from "pusher-js";
import { channel } from "pushrig";
import { describe, expect, it } from "vitest";

const server = new Pusher({ appId: "1", key: "key", secret: "secret-of-the-server", cluster: "eu" });

describe("a room: of <all>", () => {
  it("fails: in a page, and leaves a trace", async () => {
    new PusherClient("key", { cluster: "eu" }).subscribe("room").bind("said", () => {});
    await server.trigger("room", "said", { text: "hello", password: "hunter22", note: "secret-of-the-server" });
    throw new Error("pushrig: in a page this fails");
  });
});

it("passes in a page, and leaves none", async () => {
  await server.trigger("room", "said", { text: "passes" });
  await expect(channel("room")).toHaveTriggered("said");
});

it("fails: in a page, by what is found when the test is over", async () => {
  await server.trigger("room", "said", { text: "not awaited" });
  expect(channel("room")).toHaveTriggered("said");
});

for (const name of ["one", "two"]) {
  it.concurrent(`fails: in a page, ${name} beside another`, async () => {
    await server.trigger("room", "said", { text: "shared" });
    throw new Error(`pushrig: in a page ${name} fails`);
  });
}
