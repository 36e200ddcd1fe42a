// Concurrent tests are noticed too where the functions are imported: such a file is reset at its end only.
import { describe, expect, it } from "@jest/globals";
import { pusherMockState } from "pushrig";

describe("without injected globals, beside a concurrent test", () => {
  it("has something to keep", () => {
    pusherMockState.subscribe("one", "channel");
    expect(pusherMockState.getSubscriberCount("channel")).toBe(1);
  });

  it.concurrent("is one", async () => {
    expect(typeof pusherMockState.generateConnectionId()).toBe("string");
  });

  it("kept it", () => {
    expect(pusherMockState.getSubscriberCount("channel")).toBe(1);
  });
});
