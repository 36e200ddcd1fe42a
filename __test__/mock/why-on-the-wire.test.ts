import { type Gateway, type MockPusher, type Question, type Why, createMockPusher } from "pushrig";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WireClient } from "../support/wire-client";

let app: MockPusher;
let gateway: Gateway;
let ada: WireClient;

beforeEach(async () => {
  app = createMockPusher();
  gateway = await app.listen({ port: 0 });
  ada = await WireClient.connect(gateway.port, app.app.key);
});

afterEach(async () => {
  ada.close();
  await gateway.close();
  app.close();
});

const trigger = (data: unknown = { id: "m1" }, params?: { socket_id: string }) =>
  app.server.trigger("task-1", "new-message", data, params);

/** What is said of her, who is a socket. */
async function said(question: Partial<Question> = {}): Promise<[reason: string, text: string]> {
  await app.idle();
  const { reason, text } = app.why({ event: "new-message", channel: "task-1", client: ada.socketId, ...question });
  const words = text.replaceAll(ada.socketId, "52.118").replace(/\d+(\.\d+)? ms/g, "0 ms");
  return [reason, words];
}

it("says of a socket that it was sent to it", async () => {
  await ada.subscribe("task-1");
  await trigger();
  expect(await said()).toEqual([
    "received",
    '"new-message" on "task-1" was sent to socket 52.118 (#3); what is bound there only that client knows.',
  ]);
});

it("says that it was never triggered", async () => {
  await ada.subscribe("task-1");
  expect(await said()).toEqual([
    "never-triggered",
    '"new-message" was never triggered on "task-1". Nothing at all was triggered in this app: was the code that triggers reached, and is its server of this app?',
  ]);
});

it("says that a request to publish was refused", async () => {
  await ada.subscribe("task-1");
  await expect(trigger("x".repeat(10_241))).rejects.toThrow("Unexpected status code 413");
  expect(await said()).toEqual([
    "rejected",
    expect.stringMatching(/^"new-message" on "task-1" \(10,241 bytes\) was refused at #3: 413 The data content/),
  ]);
});

it("says that the sender was left out", async () => {
  await ada.subscribe("task-1");
  await trigger({}, { socket_id: ada.socketId });
  expect(await said()).toEqual([
    "excluded",
    'socket 52.118 counts as the sender of "new-message" on "task-1" (#3) and was left out: trigger() was given its socket_id.',
  ]);
});

it("says that it never subscribed", async () => {
  await ada.subscribe("tasks-1");
  await trigger();
  expect(await said()).toEqual([
    "never-subscribed",
    'socket 52.118 never subscribed to "task-1". socket 52.118 subscribed to "tasks-1": did you mean that?',
  ]);
});

it("says that it subscribed later", async () => {
  await trigger();
  await ada.subscribe("task-1");
  expect(await said()).toEqual([
    "subscribed-later",
    'socket 52.118 was subscribed to "task-1" at #3; "new-message" went out at #2, 0 ms earlier. ' +
      "Pusher keeps no events for later subscribers (cache channels: the last one).\n" +
      'Wait before triggering: await channel("task-1").subscribed({ by: "52.118" })',
  ]);
});

it("says that it had left", async () => {
  await ada.subscribe("task-1");
  ada.send("pusher:unsubscribe", { channel: "task-1" });
  await app.channel("task-1").vacated();
  await trigger();
  expect(await said()).toEqual([
    "left-before",
    'socket 52.118 left "task-1" at #3 by unsubscribe(), before "new-message" went out at #4.',
  ]);
});

it("says that its subscription was refused", async () => {
  ada.send("pusher:subscribe", { channel: "private-a", auth: `${app.app.key}:0` });
  await ada.frame();
  await app.server.trigger("private-a", "new-message", {});
  expect(await said({ channel: "private-a" })).toEqual([
    "subscription-refused",
    expect.stringMatching(/^"private-a" was refused to socket 52\.118 at #2: .*signature/is),
  ]);
});

it("says that its connection was closed", async () => {
  await ada.subscribe("task-1");
  app.network.drop(ada.socketId, { code: 4200 });
  await trigger();
  expect(await said()).toEqual([
    "not-connected",
    expect.stringMatching(
      /^socket 52\.118 was not connected when "new-message" on "task-1" went out at #5: its connection was closed at #3: 4200/,
    ),
  ]);
});

it("says that a reset has ended its subscription", async () => {
  await ada.subscribe("task-1");
  app.reset();
  await trigger();
  expect(await said()).toEqual([
    "reset-between",
    'socket 52.118 was subscribed to "task-1" before reset() (#3), which ends subscriptions. Subscribe again.',
  ]);
});

it("says that it was triggered in another app", async () => {
  await ada.subscribe("task-1");
  const other = createMockPusher({ appId: 4711 });
  try {
    await other.server.trigger("task-1", "new-message", {});
    expect(await said()).toEqual([
      "other-app",
      '"new-message" on "task-1" was not triggered in this app, but in app "4711" of this process (#1). ' +
        "Server and client have to be of one app: the same key, or the same createMockPusher().",
    ]);
  } finally {
    other.close();
  }
});

it("says that a fault has taken it, or holds it back", async () => {
  await ada.subscribe("task-1");
  app.network.lose({ channel: "task-1", times: 1 });
  await trigger();
  expect(await said()).toEqual([
    "lost",
    '"new-message" on "task-1" (#4) was lost on its way to socket 52.118: network().lose() took it.',
  ]);
  app.network.hold({ channel: "task-1" });
  await trigger();
  expect(await said()).toEqual([
    "under-way",
    '"new-message" on "task-1" (#7) is on its way to socket 52.118: network().hold() keeps it back until release().',
  ]);
});

it("says that a silent socket has not got it yet", async () => {
  await ada.subscribe("task-1");
  app.network.silence(ada.socketId);
  await trigger();
  expect(await said()).toEqual([
    "under-way",
    '"new-message" on "task-1" (#5) is on its way to socket 52.118, whose cable is out: network().silence().',
  ]);
});

it("says that it is forgotten", async () => {
  ada.close();
  await gateway.close();
  app.close();
  app = createMockPusher({ limits: { journal: 10 } as never });
  gateway = await app.listen({ port: 0 });
  ada = await WireClient.connect(gateway.port, app.app.key);
  await ada.subscribe("task-1");
  await trigger();
  for (let round = 0; round < 20; round += 1) await app.server.trigger("task-2", "other", { round });
  expect(await said()).toEqual([
    "forgotten",
    '"new-message" on "task-1" was not triggered since #13; whether it was before is not known any more: ' +
      "the journal remembers nothing older. Ask sooner, or reset() between tests.",
  ]);
});

it("names a socket by its user, and tells its tabs apart", async () => {
  const other = await WireClient.connect(gateway.port, app.app.key);
  try {
    for (const tab of [ada, other]) {
      const { auth, channel_data } = app.server.authorizeChannel(tab.socketId, "presence-room", { user_id: "ann" });
      tab.send("pusher:subscribe", { channel: "presence-room", auth, channel_data });
      await app.channel("presence-room").subscribed({ by: tab.socketId });
    }
    await app.server.trigger("presence-room", "new-message", {}, { socket_id: ada.socketId });
    await app.idle();
    const answer = app.why({ event: "new-message", channel: "presence-room", client: "ann" });
    const reasons = [answer, ...answer.others].map(({ client, reason }) => [client, reason]);
    expect(reasons).toEqual([
      [`user ann (${other.socketId})`, "received"],
      [`user ann (${ada.socketId})`, "excluded"],
    ]);
  } finally {
    other.close();
  }
});

it("says that an event is under way to a socket that does not read", async () => {
  await ada.subscribe("task-1");
  ada.pause();
  const filler = Array.from({ length: 10 }, () => ({ channel: "task-1", name: "filler", data: "x".repeat(10_000) }));
  let [round, answer]: [number, Why | undefined] = [0, undefined];
  // Until the kernel has taken no more for a while.
  while (answer?.reason !== "under-way") {
    round += 1;
    await app.server.triggerBatch(filler);
    await trigger({ round });
    answer = app.why({ event: "new-message", client: ada.socketId, data: { round: Math.max(1, round - 5) } });
  }
  const last = round;
  expect(answer.text.replaceAll(ada.socketId, "52.118")).toMatch(
    /^"new-message" on "task-1" \(#\d+\) is on its way to socket 52\.118\. It has not been written to that socket yet, whose reader is slow or away\.$/,
  );
  ada.resume();
  await expect
    .poll(() => app.why({ event: "new-message", client: ada.socketId, data: { round: last } }).reason)
    .toBe("received");
});
