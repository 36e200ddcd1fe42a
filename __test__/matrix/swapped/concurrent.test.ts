// Concurrent tests share the mock, so the end of one must not reset it under another.
import { pusherMockState } from "pushrig";

let finishShort: () => void;
const shortIsDone = new Promise<void>((resolve) => {
  finishShort = resolve;
});

describe("concurrent tests", () => {
  // Jest before 30.3 starts the two below ahead of this one.
  it("a test that is not concurrent ends beside them", () => {
    expect(pusherMockState.generateConnectionId()).toMatch(/^mock-connection-\d+$/);
  });

  it.concurrent("one ends early", async () => {
    pusherMockState.subscribe("short", "short-channel");
    expect(pusherMockState.getSubscriberCount("short-channel")).toBe(1);
    finishShort();
  });

  it.concurrent("another keeps what it has", async () => {
    pusherMockState.subscribe("long", "long-channel");
    await shortIsDone;
    // Long enough for the runner to have run the hooks after the others.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(pusherMockState.getSubscriberCount("long-channel")).toBe(1);
  });
});
