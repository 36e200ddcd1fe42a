/**
 * What a test waits with and asks: waiters that are true already, and `why()`. `npm run bench`; nothing is asserted.
 */

import { createRequire } from "node:module";
import assert from "../dist/assert.js";
import { createMockPusher } from "../dist/index.js";
import { PAIRS, interval } from "./before.mjs";
import { measure, median, quickest, table } from "./measure.mjs";

const bar = (value, limit) => `${value.toFixed(2)} (bar ${limit})`;

const isBrief = process.env.BENCH_ROUNDS !== undefined;
const LINE_PAIRS = isBrief ? 2 : PAIRS;

/** A world as a test has it, with so many events behind it. */
function world(events) {
  const app = createMockPusher();
  const ada = app.client();
  for (const client of [ada, app.client()]) client.subscribe("task-1").bind("new-message", () => {});
  for (let i = 0; i < events; i += 1) app.state.trigger("task-1", "new-message", { id: `m${i}` });
  return { app, ada };
}

async function waiters() {
  const rows = [];
  for (const [events, limit] of [
    [1, 20],
    [100, undefined],
  ]) {
    const { app, ada } = world(events);
    const channel = app.channel("task-1");
    const result = await measure({
      "subscribed()": () => channel.subscribed(),
      "subscribed({ by })": () => channel.subscribed({ by: ada }),
      'triggered("new-message", { id })': () => channel.triggered("new-message", { id: "m0" }),
      'received("new-message", { id }, { by })': () => channel.received("new-message", { id: "m0" }, { by: ada }),
    });
    for (const [waiter, ns] of Object.entries(result)) {
      rows.push({ waiter, events, µs: limit === undefined ? (ns / 1000).toFixed(2) : bar(ns / 1000, limit) });
    }
    app.close();
  }
  table("a waiter that is true already", rows);
}

/** As many entries as the journal holds. */
const FULL = 10_000;

/** A world whose journal is full: ten clients on the first of so many channels, where something happens in turns. */
function fullWorld(channels) {
  const app = createMockPusher();
  const clients = Array.from({ length: 10 }, (_, index) => app.client({ name: `client ${index}` }));
  for (const client of clients) client.subscribe("task-0").bind("new-message", () => {});
  for (let i = 0; i < FULL; i += 1) {
    app.state.trigger(`task-${i % channels}`, "new-message", { id: `m${i}`, text: "Ship it on Monday" });
  }
  app.client({ name: "ada" }).subscribe("task-0");
  app.state.trigger("task-0", "new-message", { id: "last" });
  return app;
}

async function questions() {
  const rows = [];
  for (const channels of [100, 1]) {
    const app = fullWorld(channels);
    const event = "new-message";
    const channel = "task-0";
    const result = await measure({
      "received, a client": () => app.why({ event, channel, client: "client 0" }),
      "never bound, a client": () => app.why({ event, channel, client: "ada" }),
      "never bound, of all": () => app.why({ event, channel }),
      "with data": () => app.why({ event, channel, client: "ada", data: { id: "last" } }),
      "never triggered": () => app.why({ event: "new_message", channel }),
    });
    for (const [question, ns] of Object.entries(result)) rows.push({ question, channels, ms: bar(ns / 1e6, 5) });
    app.close();
  }
  table(`why() over a journal of ${FULL.toLocaleString("en")} entries`, rows);
}

/** What a matcher costs beside so many clients on its channel. */
async function matchers() {
  const rows = [];
  for (const clients of [10, 1_000]) {
    const app = createMockPusher();
    const all = Array.from({ length: clients }, () => app.client());
    for (const client of all) client.subscribe("task-1").bind("new-message", () => {});
    app.state.trigger("task-1", "new-message", { id: "m1" });
    const channel = app.channel("task-1");
    const [ada] = all;
    const result = await measure({
      toHaveReceived: () => assert.received(ada, "task-1", "new-message", { id: "m1" }),
      "not.toHaveReceived": () => assert.notReceived(ada, "task-1", "other"),
      toReceive: () => assert.receives(ada, "task-1", "new-message", { id: "m1" }),
      toHaveTriggered: () => assert.triggered(channel, "new-message", { id: "m1" }),
      toHaveSubscribers: () => assert.subscribers(channel, clients),
    });
    for (const [matcher, ns] of Object.entries(result)) rows.push({ matcher, clients, µs: (ns / 1000).toFixed(1) });
    app.close();
  }
  table("a matcher beside many clients", rows);
}

/** What it costs that tests, and they alone, are told the line that triggers: one app that does, beside one that does not. */
async function lines() {
  const { setTestRealm } = createRequire(import.meta.url)("../dist/events/test-runner.js");
  const subscribed = () => {
    const app = createMockPusher();
    app
      .client()
      .subscribe("task-1")
      .bind("new-message", () => {});
    return app;
  };
  const without = subscribed();
  without.state.trigger("task-1", "new-message", {});
  setTestRealm();
  const app = subscribed();
  app.state.trigger("task-1", "new-message", {});
  if (without.state.triggers()[0].at !== undefined || !app.state.triggers()[0].at?.startsWith("benches/")) {
    throw new Error("one app was to know its lines, and the other was not");
  }
  const rows = [];
  for (const call of ["pusherMockState.trigger", "server.trigger"]) {
    const publisher = (of) => (call === "server.trigger" ? of.server : of.state);
    const more = [];
    for (let pair = 0; pair < LINE_PAIRS; pair += 1) {
      const trigger = (of) => () => publisher(of).trigger("task-1", "new-message", { id: "m1" });
      const variants = { without: trigger(without), with: trigger(app) };
      const result = await quickest(variants, { calls: 200, rounds: isBrief ? 2 : 20 });
      more.push((result.with - result.without) / 1000);
    }
    const range = interval(more)
      ?.map((µs) => µs.toFixed(2))
      .join(", ");
    rows.push({ call, "µs more": bar(median(more), 5), "95 %": range ?? "too few pairs" });
  }
  for (const one of [without, app]) one.close();
  table(`the application's line, ${LINE_PAIRS} pairs`, rows);
}

await waiters();
await questions();
await matchers();
// From here on tests run here, as far as apps know.
await lines();
