// Tests that run at the same time: of the app that they share nobody knows whose entries are whose.
import { createMockPusher, MockPusherServer } from "pushrig";

const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret-of-the-server", cluster: "mt1" });

for (const name of ["one", "two"]) {
  it.concurrent(`fails: ${name}, beside another`, async () => {
    const app = createMockPusher({ appId: `of-${name}` });
    await app.server.trigger("room", "said", { text: name });
    await server.trigger("room", "said", { text: "shared" });
    expect(name).toBe("never");
  });
}
