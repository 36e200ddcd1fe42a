// What strictness and matchers that nobody awaits make of a test. What it says has the name of what was "never" heard in it.
import PusherClient from "pusher-js";
import { configure, createMockPusher, pusherMockState } from "pushrig";
import { pusherServer } from "../swapped/app/pusher";

const client = () => new PusherClient("mock-pusher-key", { cluster: "mock-cluster" });

// As Testing Library does by itself.
const toCleanUp: Array<() => void> = [];
afterEach(() => {
  for (const cleanUp of toCleanUp.splice(0)) cleanUp();
});

describe("a matcher that nobody awaits", () => {
  it("fails: one that would pass", async () => {
    const ada = client();
    ada.subscribe("task-1").bind("never", () => {});
    await pusherServer.trigger("task-1", "never", {});
    void expect(ada).toReceive("task-1", "never");
  });

  it("fails: one that would not", () => {
    void expect(client()).toReceive("task-1", "never");
  });

  it("fails: with not", async () => {
    await pusherServer.trigger("task-1", "never", {});
    void expect(client()).not.toReceive("task-1", "never");
  });

  it("passes: one that is awaited", async () => {
    const ada = client();
    ada.subscribe("task-1").bind("ever", () => {});
    await pusherServer.trigger("task-1", "ever", {});
    await expect(ada).toReceive("task-1", "ever");
    await Promise.all([expect(ada).toReceive("task-1", "ever"), expect(ada).not.toReceive("task-1", "never")]);
    const later = expect(ada).toReceive("task-1", "ever");
    await later;
    await expect(Promise.resolve(ada)).resolves.toReceive("task-1", "ever");
  });
});

describe("strictness", () => {
  beforeEach(() => configure({ strict: { unheard: "error", typo: "error", leak: "error", floating: "error" } }));
  afterAll(() => configure({ strict: { unheard: "ignore", typo: "ignore", leak: "ignore", floating: "ignore" } }));

  it("fails: an event that nobody hears", async () => {
    await pusherServer.trigger("never", "event", {});
  });

  it("fails: a misspelt one", async () => {
    const ada = client();
    ada.subscribe("task-1").bind("never", () => {});
    await pusherServer.trigger("task-1", "nevr", {});
    ada.unsubscribe("task-1");
  });

  it("passes: a subscription that the file cleans up after each test", () => {
    const ada = client();
    ada.subscribe("task-1");
    toCleanUp.push(() => ada.unsubscribe("task-1"));
  });

  it("fails: a subscription that stays", () => {
    client().subscribe("never");
  });

  it("fails: a trigger that nobody awaits", () => {
    const ada = client();
    ada.subscribe("never");
    void pusherServer.trigger("never", "event", {});
    ada.unsubscribe("never");
  });

  it("passes: none of it", async () => {
    const ada = client();
    ada.subscribe("task-1").bind("event", () => {});
    await pusherServer.trigger("task-1", "event", {});
    pusherMockState.trigger("task-1", "event", {});
    ada.unsubscribe("task-1");
    const app = createMockPusher();
    void app.server.trigger("elsewhere", "event", {});
    app.close();
  });
});

it("fails: and is told what is nearly right", async () => {
  client()
    .subscribe("task-1")
    .bind("new-message", () => {});
  await pusherServer.trigger("task-1", "new_message", {});
  expect("a hint").toBe("never");
});
