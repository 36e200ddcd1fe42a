// @vitest-environment jsdom
// Presence and private channels, let in by the application's own route.
import { renderHook } from "@testing-library/react";
import { MockPusherClient, channel, during } from "pushrig";
import { expect, it, vi } from "vitest";
import { useRoom } from "../src/hooks/useRoom";
import { getPusherClient } from "../src/lib/pusher";
import { session } from "../src/lib/session";
import { POST } from "../src/routes/chat";

const bob = { cluster: "eu", name: "bob", user: { id: "bob", info: { name: "Bob" } } };

it("shows who is in the room, and who comes", async () => {
  const { result } = renderHook(() => useRoom("1"));
  await channel("presence-room-1").members("ada");

  await during(() => new MockPusherClient("key", bob).subscribe("presence-room-1"));

  expect(channel("presence-room-1")).toHaveMembers(["ada", "bob"]);
  expect(result.current.members).toEqual(["Ada", "Bob"]);
});

it("counts two tabs of one person once", async () => {
  const { result } = renderHook(() => useRoom("1"));
  for (const _tab of [1, 2]) new MockPusherClient("key", bob).subscribe("presence-room-1");

  await channel("presence-room-1").members("ada", "bob");

  expect(channel("presence-room-1")).toHaveSubscribers(3);
  expect(result.current.members).toEqual(["Ada", "Bob"]);
});

it("shows who has left", async () => {
  const other = new MockPusherClient("key", bob);
  other.subscribe("presence-room-1");
  const { result } = renderHook(() => useRoom("1"));
  await channel("presence-room-1").members("ada", "bob");

  await during(() => other.disconnect());

  expect(channel("presence-room-1")).toHaveMembers(["ada"]);
  expect(result.current.members).toEqual(["Ada"]);
});

it("does not let strangers in", async () => {
  session.user = "eve";
  renderHook(() => useRoom("1"));

  await expect(channel("presence-room-1").subscribed({ by: getPusherClient() })).rejects.toThrow("403");
  expect(channel("presence-room-1")).toHaveMembers([]);
});

it("lets everybody into their own inbox only, where mentions arrive", async () => {
  getPusherClient().subscribe("private-inbox-ada").bind("mentioned", vi.fn());
  getPusherClient().subscribe("private-inbox-bob").bind("mentioned", vi.fn());
  await channel("private-inbox-ada").subscribed();

  const body = JSON.stringify({ taskId: "1", author: "eve", text: "@ada @bob" });
  await POST(new Request("http://localhost/api/chat", { method: "POST", body }));

  await expect(getPusherClient()).toReceive("private-inbox-ada", "mentioned", { by: "eve" });
  await expect(getPusherClient()).not.toReceive("private-inbox-bob", "mentioned");
});

it("shows who is typing, for three seconds", async () => {
  vi.useFakeTimers();
  const { result } = renderHook(() => useRoom("1"));
  const room = new MockPusherClient("key", bob).subscribe("presence-room-1");
  await channel("presence-room-1").members("ada", "bob");

  await during(() => room.trigger("client-typing", { name: "Bob" }));
  expect(result.current.typing).toBe("Bob");

  await during(() => vi.advanceTimersByTimeAsync(3_000));
  expect(result.current.typing).toBeUndefined();
});
