/* oxlint-disable vitest/expect-expect -- that they fail is what they are for */
// What the configuration takes for a mistake, or has no place for in a page. The titles say whether a test fails.
import Pusher from "pusher";
import PusherClient from "pusher-js";
import { channel } from "pushrig";
import { expect, it, vi } from "vitest";

const server = new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
const connect = (options = {}) => new PusherClient("key", { cluster: "eu", ...options });

it("fails: an event that breaks the contract, and is published all the same", async () => {
  const heard = vi.fn();
  const client = connect();
  client.subscribe("room").bind("said", heard);
  await server.trigger("room", "said", "never");
  expect(heard.mock.calls[0]?.[0]).toBe("never");
  client.disconnect();
});

it("fails: an event that is not in the contract, which nobody else has awaited", async () => {
  const sent = server.trigger("room", "shouted", "ever");
  sent.catch(() => {});
});

it("fails: a client event that breaks the contract", async () => {
  const client = connect({ user: { id: "ada" } });
  const room = client.subscribe("presence-room");
  await channel("presence-room").members("ada");
  room.trigger("client-said", "never");
  await channel("presence-room").triggered("client-said");
  client.disconnect();
});

it("passes: what keeps to the contract", async () => {
  await server.trigger("room", "said", "ever");
});

it("fails: a subscription that stays", () => {
  connect().subscribe("room");
});

it("passes: a subscription that is cleaned up", async () => {
  const client = connect();
  client.subscribe("room");
  await channel("room").subscribed();
  client.unsubscribe("room");
});

it("fails: a trigger that nobody awaits", () => {
  void server.trigger("room", "said", "ever");
});

it("fails: a client that asks a route of the plugin", async () => {
  const room = connect({ authEndpoint: "/api/pusher/auth" }).subscribe("private-room");
  await new Promise((resolve) => {
    room.bind("pusher:subscription_error", resolve);
  });
});

it("passes: what the test serves itself", async () => {
  const customHandler = async (
    { socketId, channelName }: Record<string, string>,
    answer: (error: null, data: ReturnType<typeof server.authorizeChannel>) => void,
  ) => answer(null, await server.authorizeChannel(socketId, channelName));
  const client = connect({ channelAuthorization: { endpoint: "/api/pusher/auth", customHandler } });
  client.subscribe("private-room");
  await channel("private-room").subscribed();
  client.disconnect();
});
