// Tests that run at the same time, each in an app of its own.
import { createMockPusher } from "pushrig";
import { describe, expect, it, vi } from "vitest";

describe.concurrent("side by side", () => {
  it.each(["ada", "bob"])("%s hears only what is meant for this test", async (name) => {
    const app = createMockPusher();
    const client = app.client({ name });
    client.subscribe("task-1").bind("new-message", vi.fn());
    await app.channel("task-1").subscribed({ by: name });

    await app.server.trigger("task-1", "new-message", { id: name, author: name, text: "hello" });

    expect(client).toHaveReceived("task-1", "new-message", { id: name });
    expect(app).toHaveTriggeredTimes("new-message", 1);
    app.close();
  });
});
