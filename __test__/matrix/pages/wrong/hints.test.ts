/* oxlint-disable vitest/expect-expect -- that they fail is what they are for */
// A test that fails is told of events that nobody heard and that are nearly right.
import Pusher from "pusher";
import PusherClient from "pusher-js";
import { channel } from "pushrig";
import { expect, it, vi } from "vitest";

const server = new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
const warned: string[] = [];
const { warn } = console;
console.warn = (...texts: unknown[]) => {
  warned.push(texts.join(" "));
  warn(...texts);
};

it("fails: in a page, of an event whose name is misspelt", async () => {
  const heard = vi.fn();
  new PusherClient("key", { cluster: "eu" }).subscribe("task-1").bind("new_message", heard);
  await server.trigger("task-1", "new-message", {});
  throw new Error("pushrig: in a page this fails");
});

it("was told so", () => {
  expect(warned.splice(0).join("\n")).toContain(
    'nobody has bound "new-message" on "task-1", and "new_message" is bound there: is one of them misspelt?',
  );
});

it("fails: in a page, of an event on a channel that is misspelt", async () => {
  new PusherClient("key", { cluster: "eu" }).subscribe("task-room").bind("new-message", vi.fn());
  await channel("task-room").subscribed();
  await server.trigger("task-rom", "new-message", {});
  throw new Error("pushrig: in a page this fails");
});

it("was told so too, and of nothing that was before", () => {
  const told = warned.splice(0).join("\n");
  expect(told).toContain('"new-message" on "task-rom"');
  expect(told).toContain('did you mean "task-room", which has subscribers?');
  expect(told).not.toContain("new_message");
});
