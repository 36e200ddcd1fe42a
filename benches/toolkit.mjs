/**
 * What a test waits with: waiters that are true already. `npm run bench`; nothing is asserted.
 */

import { createMockPusher } from "../dist/index.js";
import { measure, table } from "./measure.mjs";

const bar = (value, limit) => `${value.toFixed(2)} (bar ${limit})`;

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

await waiters();
