import { MockPusherClient, MockPusherServer } from "pushrig";
import { expect, it, vi } from "vitest";

// Alone in its file: the default app says it once.
it("any keys meet in the default app, and are said once to differ", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const server = new MockPusherServer({ appId: "1", key: "server-key", secret: "s", cluster: "eu" });
  const received = vi.fn();
  for (const key of ["client-key", "another-key"]) {
    new MockPusherClient(key, { cluster: "eu" }).subscribe("task-1").bind("e", received);
  }
  await server.trigger("task-1", "e", 1);
  expect(received).toHaveBeenCalledTimes(2);
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    expect.stringMatching(/the server's key is "server-key" and the client's "client-key".* Give both the same key/s),
  );
});
