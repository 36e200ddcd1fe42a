// With `reset: "file"` the tests of one file build on each other.
import { pusherMockState } from "pushrig";

describe("the reset after each file", () => {
  it("has something to keep", () => {
    pusherMockState.subscribe("one", "channel");
    expect(pusherMockState.getSubscriberCount("channel")).toBe(1);
  });

  it("kept it for the next test", () => {
    expect(pusherMockState.getSubscriberCount("channel")).toBe(1);
  });
});
