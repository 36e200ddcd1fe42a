/* oxlint-disable vitest/expect-expect -- that they fail without one is what they are for */
// What is written as in Node, where a page has to await. The titles say whether a test fails.
import Pusher from "pusher";
import PusherClient from "pusher-js";
import { channel, createMockPusher, mark, network, pusherMockState, why } from "pushrig";
import { expect, it } from "vitest";

const server = new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "eu" });

it("fails: a count that is compared before it is there", () => {
  expect(pusherMockState.getSubscriberCount("task-1")).not.toBe(0);
});

it("fails: a list that is looked into before it is there", () => {
  expect(pusherMockState.getChannelMessages("task-1").length).toBe(0);
});

it("fails: an answer of why() that is read before it is there", () => {
  expect(why({ event: "new-message", channel: "task-1" }).reason).toBe("never-triggered");
});

it("fails: a mark that nobody awaits", () => {
  expect(mark().seq).toBe(0);
});

it("fails: a matcher that nobody awaits", () => {
  expect(channel("task-1")).not.toHaveTriggered("new-message");
});

it("fails: a matcher of a client that nobody awaits", () => {
  expect(new PusherClient("key", { cluster: "eu" })).not.toHaveReceived("task-1", "new-message");
});

it("fails: a fault that nobody awaits", () => {
  network().refuse();
});

it("fails: a signature that is used before it is there", () => {
  expect(server.authorizeChannel("1.1", "private-room")).toHaveProperty("auth");
});

it("fails: data that only the page can judge", async () => {
  await channel("task-1").triggered("new-message", () => true);
});

it("fails: an app of its own", () => {
  createMockPusher();
});

it("passes: an event that nobody awaits, which is the application's business", () => {
  void server.trigger("task-1", "new-message", {});
});

it("has nothing left of it in the next test", async () => {
  expect(await pusherMockState.triggers()).toEqual([]);
});

it("passes when all of it is awaited", async () => {
  await expect(channel("task-1")).not.toHaveTriggered("new-message");
  expect((await why({ event: "new-message", channel: "task-1" })).reason).toBe("never-triggered");
});
