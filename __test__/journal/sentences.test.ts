import { expect, it } from "vitest";
import { duration, nearMissTable, timeline } from "../../lib/journal/sentences.js";
import { Clients } from "../../lib/journal/who.js";
import { page } from "../support/page.js";

it("tells every kind of entry in a line", () => {
  const ada = { connection: "mock-connection-1" };
  const task = { channel: "task-1" };
  const sent = { ...task, event: "new-message", data: '{"id":"m1"}' };
  const told = page([
    { kind: "connected", ...ada, client: 1, name: "ada", door: "process", socketId: "52.118" },
    { kind: "connected", connection: "7.7", door: "socket", transport: "ws" },
    { kind: "signed-in", ...ada, user: "ann" },
    { kind: "subscribing", ...ada, ...task },
    { kind: "refused", ...ada, channel: "private-task-1", code: 403, text: "from /api/pusher/auth" },
    { kind: "subscribed", ...ada, ...task },
    { kind: "bound", ...ada, ...task, event: "new-message" },
    { kind: "bound", ...ada },
    { kind: "unbound", ...ada, ...task, event: "new-message" },
    { kind: "triggered", ...sent, subscribers: 2, at: "src/app/api/chat/route.ts:262:5" },
    { kind: "triggered", ...sent, subscribers: 1_200, except: "mock-connection-1" },
    { kind: "threw", ...ada, ...sent, text: "TypeError: no" },
    { kind: "rejected", ...sent, code: 413, text: "too large" },
    { kind: "client-event", connection: "7.7", ...task, event: "client-typing", subscribers: 2 },
    { kind: "member-added", channel: "presence-room", user: "ann" },
    { kind: "member-removed", channel: "presence-room", user: "ann" },
    { kind: "webhook", events: ["channel_occupied"], to: "http://127.0.0.1:1/hook", attempt: 2, code: 500 },
    { kind: "request", method: "GET", path: "/channels", code: 200 },
    { kind: "fault", text: "loses the next event on task-1" },
    { kind: "left", ...ada, ...task, by: "unsubscribe" },
    { kind: "left", ...ada, ...task, by: "close" },
    { kind: "closed", ...ada, code: 4001, by: "service", text: "The mock app was closed" },
    { kind: "closed", ...ada, by: "client" },
    { kind: "reset" },
  ]);
  expect(timeline(told.entries, new Clients(told))).toBe(
    `
   #1   +0.0 ms  ada is connected
   #2   +1.0 ms  socket 7.7 is connected by ws
   #3   +2.0 ms  mock-connection-1 signs in as ann
   #4   +3.0 ms  ada subscribes to task-1
   #5   +4.0 ms  private-task-1 is refused to ada: 403 from /api/pusher/auth
   #6   +5.0 ms  ada is subscribed to task-1
   #7   +6.0 ms  ada binds "new-message" on task-1
   #8   +7.0 ms  ada binds every event on the client, for every channel
   #9   +8.0 ms  ada unbinds "new-message" on task-1
  #10   +9.0 ms  new-message on task-1 {"id":"m1"} → 2 clients  src/app/api/chat/route.ts:262:5
  #11  +10.0 ms  new-message on task-1 {"id":"m1"} → 1,200 clients, ada left out
  #12  +11.0 ms  ada's callback of new-message threw TypeError: no
  #13  +12.0 ms  new-message on task-1 {"id":"m1"} is refused: 413 too large
  #14  +13.0 ms  socket 7.7 sends client-typing on task-1 → 1 client
  #15  +14.0 ms  ann is a member of presence-room
  #16  +15.0 ms  ann is no member of presence-room any more
  #17  +16.0 ms  webhook channel_occupied to http://127.0.0.1:1/hook, attempt 2: 500
  #18  +17.0 ms  GET /channels: 200
  #19  +18.0 ms  network: loses the next event on task-1
  #20  +19.0 ms  ada leaves task-1
  #21  +20.0 ms  ada leaves task-1, disconnected
  #22  +21.0 ms  ada is disconnected: 4001 The mock app was closed
  #23  +22.0 ms  ada disconnects
  #24  +23.0 ms  reset()`.slice(1),
  );
});

it("keeps what clients send in its line", () => {
  const told = page([
    { kind: "triggered", channel: "c", event: "e\n\u001b[31m", data: `"${"x".repeat(99)}"`, subscribers: 0 },
  ]);
  expect(timeline(told.entries, new Clients(told))).toBe(
    `  #1  +0.0 ms  e\\n\\u001b[31m on c "${"x".repeat(59)}… → 0 clients`,
  );
});

it("puts near misses below each other with all that differs", () => {
  const { entries } = page([
    { kind: "triggered", channel: "task-1", event: "new_message", data: '{"id":"m1"}', at: "chat/route.ts:262" },
    { kind: "triggered", channel: "task-12", event: "new-message", data: '{"id":"m7"}' },
  ]);
  const text = nearMissTable([
    { entry: entries[0], differences: ['the name: "_" where "-" is expected'] },
    {
      entry: entries[1],
      differences: ['the channel: "task-12" where "task-1" is expected', 'data.id: "m7" where "m1" is expected'],
    },
  ]);
  expect(text).toBe(
    `
  #1  task-1   new_message {"id":"m1"}  chat/route.ts:262  the name: "_" where "-" is expected
  #2  task-12  new-message {"id":"m7"}                     the channel: "task-12" where "task-1" is expected; data.id: "m7" where "m1" is expected`.slice(
      1,
    ),
  );
});

it.each([
  [0, "0.0 ms"],
  [1.24, "1.2 ms"],
  [1_500, "1.5 s"],
  [90_000, "1.5 min"],
])("shows %d ms as %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});
