// @vitest-environment jsdom
// A hook, from the first subscription to a lost connection.
import { renderHook } from "@testing-library/react";
import { channel, during, network } from "pushrig";
import { expect, it, vi } from "vitest";
import { useMessages } from "../src/hooks/useMessages";
import { db } from "../src/lib/db";
import { getPusherClient } from "../src/lib/pusher";
import { POST } from "../src/routes/chat";

const url = "http://localhost/api/chat";

it("shows the messages that come", async () => {
  const { result } = renderHook(() => useMessages("1", db.list));
  await channel("task-1").subscribed();

  await during(() =>
    POST(new Request(url, { method: "POST", body: JSON.stringify({ taskId: "1", author: "bob", text: "hello" }) })),
  );

  expect(result.current).toMatchObject([{ author: "bob", text: "hello" }]);
});

it("shows what was there before, and each message once", async () => {
  await db.save("1", "bob", "first");
  const { result } = renderHook(() => useMessages("1", db.list));
  await channel("task-1").subscribed();

  const body = JSON.stringify({ taskId: "1", author: "bob", text: "second" });
  await during(() => POST(new Request(url, { method: "POST", body })));

  expect(result.current.map(({ text }) => text).sort()).toEqual(["first", "second"]);
});

it("shows nothing of another task", async () => {
  const { result } = renderHook(() => useMessages("1", db.list));
  await channel("task-1").subscribed();

  const body = JSON.stringify({ taskId: "2", author: "bob", text: "hello" });
  const happened = await during(() => POST(new Request(url, { method: "POST", body })));

  expect(happened).toHaveTriggeredTimes("new-message", 1);
  expect(getPusherClient()).not.toHaveReceived("task-1", "new-message");
  expect(result.current).toEqual([]);
});

it("leaves the channel with the component", async () => {
  const { unmount } = renderHook(() => useMessages("1", db.list));
  await channel("task-1").subscribed({ by: getPusherClient() });

  unmount();

  await channel("task-1").vacated();
  expect(channel("task-1")).toHaveSubscribers(0);
});

it("catches up after a lost connection", async () => {
  vi.useFakeTimers();
  const { result } = renderHook(() => useMessages("1", db.list));
  await channel("task-1").subscribed();

  network().drop(getPusherClient());
  await POST(
    new Request(url, { method: "POST", body: JSON.stringify({ taskId: "1", author: "bob", text: "missed" }) }),
  );
  expect(channel("task-1")).toHaveSubscribers(0);
  await during(() => vi.advanceTimersByTimeAsync(2_000));

  expect(channel("task-1")).toHaveSubscribers(1);
  expect(result.current).toMatchObject([{ text: "missed" }]);
});
