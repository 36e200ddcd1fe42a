/**
 * @vitest-environment jsdom
 * @jest-environment jsdom
 */
import { act, renderHook, waitFor } from "@testing-library/react";
import { channel, during, idle, pusherMockState } from "pushrig";
import PusherClient, { type PresenceChannel } from "pusher-js";
import { useEffect, useState } from "react";
import { PUSHER_EVENTS, getTaskChannelName, pusherServer } from "./app/pusher";
import { usePusherConnection } from "./app/usePusherConnection";

const channelName = getTaskChannelName("123");
const eventName = PUSHER_EVENTS.NEW_MESSAGE;

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
    expect(pusherMockState.getSubscriberCount(channelName)).toBe(1);
    unmount();
    await pusherServer.trigger(channelName, eventName, { messageId: "msg-124" });
    expect(onEvent).not.toHaveBeenCalled();
    expect(pusherMockState.getSubscriberCount(channelName)).toBe(0);
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

// Here and in no other file: without isolation Testing Library sets itself up in the first file that imports it only.

/** The latest message of a channel, as a component would show it. */
function useLatest(name: string): unknown {
  const [latest, setLatest] = useState();
  useEffect(() => {
    const client = new PusherClient("mock-pusher-key", { cluster: "mock-cluster" });
    client.subscribe(name).bind("new-message", setLatest);
    return () => client.disconnect();
  }, [name]);
  return latest;
}

/** Who is on a channel. */
function useMembers(name: string): string[] {
  const [ids, setIds] = useState([] as string[]);
  useEffect(() => {
    const client = new PusherClient("mock-pusher-key", { cluster: "mock-cluster", user: { id: "ada" } } as never);
    const joined = client.subscribe(name) as PresenceChannel;
    joined.bind("pusher:subscription_succeeded", () => setIds(Object.keys(joined.members.members)));
    return () => client.disconnect();
  }, [name]);
  return ids;
}

const trigger = (id: string): void => void pusherServer.trigger("task-1", "new-message", { id });
const realm = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };

describe("a waiter where Testing Library is set up", () => {
  let warned: { mock: { calls: unknown[][] }; mockRestore(): void };

  beforeEach(() => {
    warned = vi.spyOn(console, "error").mockImplementation(() => {});
  });
  afterEach(() => warned.mockRestore());

  it("has what came meanwhile rendered, and no warning of it", async () => {
    const { result } = renderHook(() => useLatest("task-1"));
    await channel("task-1").subscribed();
    const waiting = channel("task-1").triggered("new-message");
    setTimeout(trigger, 1, "m1");
    await waiting;
    expect(result.current).toEqual({ id: "m1" });
    expect([realm.IS_REACT_ACT_ENVIRONMENT, ...warned.mock.calls]).toEqual([true]);
  });

  it("has what an act has caused rendered, and no warning of it", async () => {
    const { result } = renderHook(() => useLatest("task-1"));
    await during(() => trigger("m2"));
    expect(result.current).toEqual({ id: "m2" });
    expect([realm.IS_REACT_ACT_ENVIRONMENT, ...warned.mock.calls]).toEqual([true]);
  });

  it.each([
    ["subscribed()", (name: string) => channel(name).subscribed()],
    ["members()", (name: string) => channel(name).members(["ada"])],
  ])("has what the callback of a subscription sets rendered: %s", async (_call, wait) => {
    const { result } = renderHook(() => useMembers("presence-room"));
    await wait("presence-room");
    expect(result.current).toEqual(["ada"]);
    expect([realm.IS_REACT_ACT_ENVIRONMENT, ...warned.mock.calls]).toEqual([true]);
  });

  it("gives act back once all that wait at one time are done", async () => {
    const { result } = renderHook(() => useLatest("task-1"));
    const waiting = [
      channel("task-1").triggered("new-message"),
      channel("task-1").triggered("new-message", { id: "m4" }),
    ];
    setTimeout(trigger, 1, "m3");
    await waiting[0];
    setTimeout(trigger, 1, "m4");
    await Promise.all([...waiting, idle()]);
    expect(result.current).toEqual({ id: "m4" });
    expect([realm.IS_REACT_ACT_ENVIRONMENT, ...warned.mock.calls]).toEqual([true]);
  });

  it("makes the difference: React warns of what comes while nobody waits", async () => {
    renderHook(() => useLatest("task-1"));
    trigger("m5");
    expect(String(warned.mock.calls[0]?.[0])).toContain("not wrapped in act");
  });
});
