// Tests that are wrong, each in a way of its own: what is said names the cause, and the line or the fix.
import { beforeAll, describe, expect, it } from "vitest";
import { type TestCase, vitest } from "./example";

/** What is said of each, whole; times are left out, and columns are not aligned. */
const SAID: Record<string, string[]> = {
  "binds too late": [
    [
      'Error: expected ada to have received "new-message" on "task-1".',
      'ada bound "new-message" at #5 (wrong/clients.test.ts:14:8), … ms after it went out (#4): it had arrived by then. Bind before you trigger.',
      '  #4  +0.0 ms  new-message on task-1 {"id":"m1","author":"ada","text":"hello"} → 1 client  wrong/clients.test.ts:13:22',
      '  #5  +0.0 ms  ada binds "new-message" on task-1  wrong/clients.test.ts:14:8',
    ].join("\n"),
  ],
  "subscribes too late": [
    [
      'Error: expected ada to have received "new-message" {"id":"m1","author":"ada","text":"hello"} on "task-1" within 50 ms.',
      'ada was subscribed to "task-1" at #10; "new-message" went out at #8, … ms earlier. Pusher keeps no events for later subscribers (cache channels: the last one).',
      'Wait before triggering: await channel("task-1").subscribed({ by: "ada" })',
      '  #8  +0.0 ms  new-message on task-1 {"id":"m1","author":"ada","text":"hello"} → 0 clients  wrong/clients.test.ts:20:22',
      "  #9  +0.0 ms  ada subscribes to task-1  wrong/clients.test.ts:21:7",
      "  #10  +0.0 ms  ada is subscribed to task-1  wrong/clients.test.ts:21:7",
    ].join("\n"),
  ],
  "binds another event": [
    [
      'Error: expected ada to have received "new-message" on "task-1".',
      'ada is subscribed, but nothing is bound to "new-message" on "task-1". Bound are: "message-new".',
      '  #17  +0.0 ms  new-message on task-1 {"id":"m1","author":"ada","text":"hello"} → 1 client  wrong/clients.test.ts:28:22',
    ].join("\n"),
  ],
  "subscribes to another channel": [
    [
      'Error: expected ada to have received "new-message" on "task-1".',
      'ada never subscribed to "task-1". ada subscribed to "task-2": did you mean that?',
      '  #23  +0.0 ms  new-message on task-1 {"id":"m1","author":"ada","text":"hello"} → 0 clients  wrong/clients.test.ts:35:22',
    ].join("\n"),
  ],
  "expects the sender to hear itself": [
    [
      'Error: expected ada to have received "new-message" on "task-1".',
      'ada counts as the sender of "new-message" on "task-1" (#29) and was left out: trigger() was given its socket_id (wrong/clients.test.ts:42:22).',
      '  #29  +0.0 ms  new-message on task-1 {"id":"m1","author":"ada","text":"hello"} → 1 client, ada left out  wrong/clients.test.ts:42:22',
    ].join("\n"),
  ],
  "has left before": [
    [
      'Error: expected ada to have received "new-message" on "task-1".',
      'ada left "task-1" at #36 by unsubscribe() (wrong/clients.test.ts:50:7), before "new-message" went out at #37. A callback was bound to it still: unsubscribe() ends the channel for everybody who uses it.',
      "  #36  +0.0 ms  ada leaves task-1  wrong/clients.test.ts:50:7",
      '  #37  +0.0 ms  new-message on task-1 {"id":"m1","author":"ada","text":"hello"} → 0 clients  wrong/clients.test.ts:51:22',
    ].join("\n"),
  ],
  "expects nothing where something arrives": [
    [
      'Error: expected ada not to have received "new-message" on "task-1".',
      'ada got "new-message" {"id":"m1","author":"ada","text":"hello"} on "task-1" (#43).',
      '  #43  +0.0 ms  new-message on task-1 {"id":"m1","author":"ada","text":"hello"} → 1 client  wrong/clients.test.ts:58:22',
    ].join("\n"),
  ],
  "waits for a subscription that is refused": [
    [
      'Error: mock-connection-1 will not be subscribed to "private-inbox-bob": "private-inbox-bob" was refused to mock-connection-1 at #47: 403 Unable to retrieve auth string from channel-authorization endpoint - received status: 403 from /api/pusher/auth. Clients must be authorized to join private or presence channels. See: https://pusher.com/docs/channels/server_api/authorizing-users/.',
      "  #46  +0.0 ms  mock-connection-1 subscribes to private-inbox-bob  wrong/clients.test.ts:63:21",
      "  #47  +0.0 ms  private-inbox-bob is refused to mock-connection-1: 403 Unable to retrieve auth string from channel-authorization endpoint - received status: 403 from /api/pusher/auth. Clients must be authorized to join private or presence channels. See: https://pusher.com/docs/channels/server_api/authorizing-users/",
    ].join("\n"),
  ],
  "expects a member who is not there": [
    [
      'Error: "presence-room-1" did not have the members ada and bob within 50 ms; it has ada.',
      "bob is missing: no client is of that user.",
      "  #50  +0.0 ms  ada subscribes to presence-room-1  wrong/clients.test.ts:68:17",
      "  #51  +0.0 ms  ada is subscribed to presence-room-1  wrong/clients.test.ts:68:17",
    ].join("\n"),
  ],
  "expects a subscription to outlive reset()": [
    [
      'Error: expected ada to have received "new-message" on "task-1".',
      'ada was subscribed to "task-1" before reset() (#58), which ends subscriptions. Subscribe again.',
      '  #59  +0.0 ms  new-message on task-1 {"id":"m1","author":"ada","text":"hello"} → 0 clients  wrong/clients.test.ts:76:22',
    ].join("\n"),
  ],
  "triggers in another app": [
    [
      'Error: expected ada to have received "new-message" on "task-1".',
      '"new-message" on "task-1" was not triggered in this app, but in app "…" of this process (#1, wrong/clients.test.ts:83:35). Server and client have to be of one app: the same key, or the same createMockPusher().',
      "  #1  +0.0 ms  new-message on task-1 → 0 clients  wrong/clients.test.ts:83:35",
    ].join("\n"),
  ],
  "asks for a misspelt channel": [
    [
      'Error: expected "tsk-1" to have triggered "new-message". Nearest of 1 event:',
      '  #1  task-1  new-message {"id":"m1","author":"ada","text":"hello"}  src/routes/chat.ts:15:22  the channel: "task-1" where "tsk-1" is expected',
      '"new-message" was never triggered on "tsk-1" (nothing else was).',
    ].join("\n"),
  ],
  "asks for a misspelt event": [
    [
      'Error: expected "task-1" to have triggered "new_message". Nearest of 1 event:',
      '  #3  task-1  new-message {"id":"m1","author":"ada","text":"hello"}  src/routes/chat.ts:15:22  the name: "-" where "_" is expected',
      '"new_message" was never triggered on "task-1" since the last reset (1 other event was). Did you mean "new-message", triggered once?',
    ].join("\n"),
  ],
  "asks for other data": [
    [
      'Error: expected "task-1" to have triggered "new-message" {"author":"bob","text":"hello"}. Nearest of 1 event:',
      '  #5  task-1  new-message {"id":"m1","author":"ada","text":"hello"}  src/routes/chat.ts:15:22  data.author: "ada" where "bob" is expected',
      '"new-message" was triggered once on "task-1" since the last reset, but never with {"author":"bob","text":"hello"}.',
    ].join("\n"),
  ],
  "expects nothing where something was triggered": [
    [
      "Error: expected what during() ran not to have triggered an event, but it did:",
      '  #7  +0.0 ms  new-message on task-1 {"id":"m1","author":"ada","text":"hello"} → 0 clients  src/routes/chat.ts:15:22',
    ].join("\n"),
  ],
  "expects the board to be told first": [
    [
      'Error: expected the app to have triggered in this order: "task-title-update" on "board", "task-title-update" on "task-1". After #10 there was no "task-title-update" on "task-1". Triggered were:',
      '  #9  +0.0 ms  task-title-update on task-1 {"title":"Ship it"} → 0 clients  src/routes/title.ts:6:22',
      '  #10  +0.0 ms  task-title-update on board {"taskId":"1","title":"Ship it"} → 0 clients  src/routes/title.ts:7:22',
    ].join("\n"),
  ],
  "counts wrong": [
    [
      'Error: expected "task-1" to have triggered "new-message" once, but it was twice:',
      '  #12  +0.0 ms  new-message on task-1 {"id":"m1","author":"ada","text":"hello"} → 0 clients  src/routes/chat.ts:15:22',
      '  #13  +0.0 ms  new-message on task-1 {"id":"m2","author":"ada","text":"again"} → 0 clients  src/routes/chat.ts:15:22',
    ].join("\n"),
  ],
  "asks a name instead of a channel": [
    'TypeError: pushrig: toHaveTriggered() is asked of a channel, as channel() answers it, an app (what createMockPusher() answers, or pusherMockState) or what during() answers, not of "task-1": give it channel("task-1")',
  ],
  "asks the server what was triggered": [
    "TypeError: pushrig: toHaveTriggered() is asked of a channel, as channel() answers it, an app (what createMockPusher() answers, or pusherMockState) or what during() answers, not of a server: give it channel(name)",
  ],
  "breaks the contract": [
    'Error: pushrig: "task-title-update" on "task-1" breaks the contract (./src/realtime.schema.ts): data.title is 7: Invalid input: expected string, received number — triggered at wrong/routes.test.ts:59:22',
  ],
  "misspells an event that it triggers": [
    'Error: pushrig: "new-messages" is no event of "task-*"; did you mean "new-message"? Its events are new-message, task-title-update, digest — triggered at wrong/routes.test.ts:65:22',
    'Error: pushrig: nobody has bound "new-messages" on "task-1" (wrong/routes.test.ts:65:22), and ada has bound "new-message" there: is one of them misspelt?',
  ],
  "does not await what it triggers": [
    'Error: pushrig: nobody awaited trigger("task-1", "new-message") (wrong/routes.test.ts:70:21): where it is sent for real, it may never be. Await or return it, or hand it to what keeps the function alive, as after() or waitUntil() do',
  ],
  "waits for a job whose minute never comes": [
    [
      'Error: "digest" was not triggered on "task-1" within 50 ms.',
      "Nothing at all was triggered in this app: was the code that triggers reached, and is its server of this app?",
      "Fake timers are on: what waits for a timer of the application's own comes when time is moved, as by  await vi.advanceTimersByTimeAsync(1_000)",
    ].join("\n"),
  ],
  "does not await what it waits for": [
    'Error: pushrig: nobody awaited channel("task-1").triggered() (wrong/routes.test.ts:86:26), so the test has not waited for it. Write await before it.',
  ],
  "waits for a webhook that nobody gets": [
    [
      'Error: No webhook with "channel_occupied" {"channel":"task-1"} was sent and answered within 50 ms.',
      "Nobody gets webhooks: name a receiver with onWebhook(), or with the option webhooks.",
    ].join("\n"),
  ],
  "looks into an app that was closed": ["Error: pushrig: this app was closed; make a new one with createMockPusher()"],
};

/** A failure without its stack, with times that do not change. */
function said(failure: string): string {
  return failure
    .replace(/\n\s+at [^]*/, "")
    .replaceAll(/\+\d[\d,]*\.\d ms/g, "+0.0 ms")
    .replaceAll(/\d+\.\d ms (earlier|after)/g, "… ms $1")
    .replaceAll(/app "\d+"/g, 'app "…"')
    .replaceAll(/ {3,}/g, "  ");
}

describe("of a test that", () => {
  let tests: TestCase[];
  beforeAll(async () => {
    ({ tests } = await vitest("--config=vitest.wrong.config.ts"));
  });

  it.each(Object.keys(SAID))("%s", (title) => {
    const failures = tests.find((test) => test.title === title)?.failureMessages ?? [];
    expect(failures.map(said)).toEqual(SAID[title]);
  });

  it("is wrong, nothing else is said", () => {
    expect(tests.map(({ title }) => title).sort()).toEqual(Object.keys(SAID).sort());
    expect(tests.length).toBeGreaterThanOrEqual(20);
  });
});
