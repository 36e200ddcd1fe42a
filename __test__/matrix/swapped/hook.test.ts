/**
 * @vitest-environment jsdom
 * @jest-environment jsdom
 */
import { act, renderHook, waitFor } from "@testing-library/react";
import { pusherMockState } from "pushrig";
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
