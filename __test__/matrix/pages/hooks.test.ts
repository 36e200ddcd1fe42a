// Hooks that are written for pusher-js, in the browser that they are written for: the application's, and those of the chat.
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { channel, during, network, pusherMockState } from "pushrig";
import { afterEach, describe, expect, it, vi } from "vitest";
import { useMessages } from "../chat/hooks/useMessages";
import { useRoom } from "../chat/hooks/useRoom";
import { getPusherClient, roomChannel } from "../chat/lib/pusher";
import { db } from "../chat/lib/db";
import { POST } from "../chat/routes/chat";
import { PUSHER_EVENTS, getTaskChannelName, pusherServer } from "../swapped/app/pusher";
import { usePusherConnection } from "../swapped/app/usePusherConnection";
import PusherClient from "pusher-js";

const channelName = getTaskChannelName("123");
const eventName = PUSHER_EVENTS.NEW_MESSAGE;

afterEach(async () => {
  cleanup();
  await db.clear();
});

describe("a React hook written for pusher-js", () => {
  it("receives what the server triggers", async () => {
    const onEvent = vi.fn();
    const { result } = renderHook(() => usePusherConnection({ channelName, eventName, onEvent, enabled: true }));
    await waitFor(() => expect(result.current.subscribed).toBe(true));
    await act(async () => {
      await pusherServer.trigger(channelName, eventName, { messageId: "msg-123" });
    });
    expect(onEvent.mock.calls).toEqual([[{ messageId: "msg-123" }]]);
  });

  it("hears nothing after it is unmounted, and has unsubscribed", async () => {
    const onEvent = vi.fn();
    const { unmount } = renderHook(() => usePusherConnection({ channelName, eventName, onEvent }));
    expect(await pusherMockState.getSubscriberCount(channelName)).toBe(1);
    unmount();
    await pusherServer.trigger(channelName, eventName, { messageId: "msg-124" });
    expect(onEvent).not.toHaveBeenCalled();
    expect(await pusherMockState.getSubscriberCount(channelName)).toBe(0);
  });

  it("works again for the next test, with the client that the application keeps", async () => {
    const onEvent = vi.fn();
    const { result } = renderHook(() => usePusherConnection({ channelName, eventName, onEvent }));
    await waitFor(() => expect(result.current.subscribed).toBe(true));
    await act(async () => {
      await pusherServer.trigger(channelName, eventName, { messageId: "msg-125" });
    });
    expect(onEvent.mock.calls).toEqual([[{ messageId: "msg-125" }]]);
  });
});

const say = (taskId: string, text: string) =>
  POST(
    new Request("http://localhost/api/chat", { method: "POST", body: JSON.stringify({ taskId, author: "bob", text }) }),
  );

describe("the chat's messages", () => {
  it("are shown as they come", async () => {
    const { result } = renderHook(() => useMessages("1", db.list));
    await channel("task-1").subscribed();

    await during(() => say("1", "hello"));

    expect(result.current).toMatchObject([{ author: "bob", text: "hello" }]);
  });

  it("are shown with those that were there before, each once", async () => {
    await db.save("1", "bob", "first");
    const { result } = renderHook(() => useMessages("1", db.list));
    await channel("task-1").subscribed();

    await during(() => say("1", "second"));

    expect(result.current.map(({ text }) => text).sort()).toEqual(["first", "second"]);
  });

  it("are those of the task alone", async () => {
    const { result } = renderHook(() => useMessages("1", db.list));
    await channel("task-1").subscribed();

    const happened = await during(() => say("2", "hello"));

    await expect(happened).toHaveTriggeredTimes("new-message", 1);
    await expect(getPusherClient()).not.toHaveReceived("task-1", "new-message");
    expect(result.current).toEqual([]);
  });

  it("leave the channel with the component", async () => {
    const { unmount } = renderHook(() => useMessages("1", db.list));
    await channel("task-1").subscribed({ by: getPusherClient() });

    unmount();

    await channel("task-1").vacated();
    await expect(channel("task-1")).toHaveSubscribers(0);
  });

  it("are caught up with after a lost connection", async () => {
    const { result } = renderHook(() => useMessages("1", db.list));
    await channel("task-1").subscribed();

    await network().drop(getPusherClient(), { code: 4100 });
    await say("1", "missed");

    await waitFor(() => expect(result.current).toMatchObject([{ text: "missed" }]), { timeout: 4_000 });
    await expect(channel("task-1")).toHaveSubscribers(1);
  });
});

describe("the chat's room", () => {
  const room = roomChannel("1");
  const person = (id: string) => ({ id, info: { name: id } });

  it("shows who is there, who comes and who leaves", async () => {
    // Nobody serves the application's route here, so the gateway signs for whom the client's option user names.
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const own = getPusherClient();
    own.config.channelAuthorizer = async ({ socketId, channelName: name }, answer) =>
      answer(null, await pusherServer.authorizeChannel(socketId, name, { user_id: "ada", user_info: { name: "ada" } }));
    const { result } = renderHook(() => useRoom("1"));
    await channel(room).members("ada");

    const other = new PusherClient("key", { cluster: "eu", user: person("bob") });
    await during(() => other.subscribe(room));
    await expect(channel(room)).toHaveMembers(["ada", "bob"]);
    await waitFor(() => expect(result.current.members).toEqual(["ada", "bob"]));

    await during(() => other.disconnect());
    await waitFor(() => expect(result.current.members).toEqual(["ada"]));
  });

  it("shows who types", async () => {
    const { result } = renderHook(() => useRoom("1"));
    const other = new PusherClient("key", { cluster: "eu", user: person("bob") });
    const there = other.subscribe(room);
    await channel(room).subscribed({ count: 2 });

    await during(() => there.trigger("client-typing", { name: "bob" }));

    await waitFor(() => expect(result.current.typing).toBe("bob"));
  });
});
