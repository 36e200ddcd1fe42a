import { MessageChannel } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { leaveAct } from "../../lib/base/react-act.js";

afterEach(() => vi.unstubAllGlobals());

/** How React's scheduler takes its turns: by the first of these that the page has. */
const SCHEDULERS: Record<string, (turn: () => void) => void> = {
  setImmediate: (turn) => setImmediate(turn),
  MessageChannel: (turn) => {
    const { port1, port2 } = new MessageChannel();
    port1.once("message", () => {
      port1.close();
      turn();
    });
    port2.postMessage(null);
  },
  setTimeout: (turn) => setTimeout(turn, 0),
};

/** Longer than the shortest timer. */
function takeTime(): void {
  const start = performance.now();
  while (performance.now() - start < 3);
}

describe.each(Object.entries(SCHEDULERS))(
  "a waiter on a page where React's turns are those of %s",
  (_name, schedule) => {
    it.each([true, false])("has what it renders, and its effects, where tests wrap in act: %s", async (isInAct) => {
      vi.stubGlobal("document", {});
      vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", isInAct);
      const happened: string[] = [];
      const over = leaveAct()!();
      // A callback sets something right after the waiter has seen what it waits for.
      void Promise.resolve().then(() => {
        schedule(() => {
          takeTime();
          happened.push("rendered");
          schedule(() => happened.push("effects"));
        });
      });
      await over;
      expect(happened).toEqual(["rendered", "effects"]);
    });
  },
);
