import { createMockPusher } from "pushrig";
import { expect, it } from "vitest";
import { next } from "../support/next";

it("an app closes while its clients' frames and departures are under way", async () => {
  const rig = createMockPusher({ delivery: "network", latency: 0 });
  const client = rig.client();
  await next(client.connection, "connected");
  client.subscribe("room");
  client.disconnect();
  rig.close();
  rig.close();
  // Both are written in a later turn: an exception there would be uncaught, and fail this run.
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(client.connection.state).toBe("disconnected");
});

it("an app that was closed refuses clients that connect or come back", async () => {
  const rig = createMockPusher({ delivery: "network", latency: 0 });
  const client = rig.client();
  const disconnected = next(client.connection, "disconnected");
  rig.close();
  await disconnected;
  expect(client.connection.state).toBe("disconnected");
});

it("an app that was closed has no new clients", () => {
  const rig = createMockPusher();
  rig.close();
  expect(() => rig.client()).toThrow("pushrig: this app was closed; make a new one with createMockPusher()");
  expect(() => rig.server.trigger("room", "e", 1)).toThrow("pushrig: this app was closed");
});

it("an app closes while the mock signs a client's subscription to an encrypted channel", async () => {
  const rig = createMockPusher({ delivery: "network", latency: 0 });
  const client = rig.client();
  await next(client.connection, "connected");
  const channel = client.subscribe("private-encrypted-room");
  rig.close();
  // The signature comes in a later turn: an exception there would be uncaught, and fail this run.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(channel.subscribed).toBe(false);
});
