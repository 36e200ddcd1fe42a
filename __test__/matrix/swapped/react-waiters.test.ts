/**
 * @vitest-environment jsdom
 * @jest-environment jsdom
 */
import { renderHook } from "@testing-library/react";
import { channel, during, idle } from "pushrig";
import { useEffect, useState } from "react";
import { getPusherClient, pusherServer } from "./app/pusher";

/** The latest message of a channel, as a component would show it. */
function useLatest(name: string): unknown {
  const [latest, setLatest] = useState();
  useEffect(() => {
    const client = getPusherClient();
    const room = client.subscribe(name);
    room.bind("new-message", setLatest);
    return () => {
      room.unbind("new-message", setLatest);
      client.unsubscribe(name);
    };
  }, [name]);
  return latest;
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
