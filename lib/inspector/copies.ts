/** What is copied of a row: a Vitest test, and a line for the shell. */

import { USER_CHANNEL } from "../base/user-channel.js";
import type { Entry } from "../journal/entry.js";

/** A test that sends the event as it was sent, and looks at what a subscriber gets. */
export function testOf(entry: Entry): string {
  const { seq, channel = "", event = "", data } = entry;
  const [on, name] = [JSON.stringify(channel), JSON.stringify(event)];
  return [
    `import { createMockPusher } from "pushrig";`,
    `import { expect, it } from "vitest";`,
    "",
    `it(${JSON.stringify(`delivers ${event} on ${channel}, as #${seq}`)}, async () => {`,
    `  const pusher = createMockPusher();`,
    `  const data = ${literal(data)};`,
    `  const got: unknown[] = [];`,
    ...sending(entry, on, name).map((line) => `  ${line}`),
    `  await pusher.idle();`,
    `  expect(got).toEqual([data]);`,
    `  await pusher.close();`,
    `});`,
    "",
  ].join("\n");
}

/** Somebody who gets it, and whoever sends it. */
function sending({ kind, channel = "" }: Entry, on: string, name: string): string[] {
  const take = `.bind(${name}, (data: unknown) => got.push(data));`;
  if (channel.startsWith(USER_CHANNEL)) {
    const user = JSON.stringify(channel.slice(USER_CHANNEL.length));
    return [
      `const client = pusher.client({ user: { id: ${user} } });`,
      `client.user${take}`,
      `client.signin();`,
      `await pusher.idle();`,
      `await pusher.server.sendToUser(${user}, ${name}, data);`,
    ];
  }
  if (kind === "client-event") {
    return [
      `const from = pusher.client().subscribe(${on});`,
      `pusher.client().subscribe(${on})${take}`,
      `await pusher.channel(${on}).subscribed({ count: 2 });`,
      `from.trigger(${name}, data);`,
    ];
  }
  return [
    `pusher.client().subscribe(${on})${take}`,
    `await pusher.channel(${on}).subscribed();`,
    `await pusher.server.trigger(${on}, ${name}, data);`,
  ];
}

/** A line of any POSIX shell that triggers the event at this gateway, by its control routes. */
export function curlOf({ channel = "", event = "", data }: Entry, { base, app, hasToken }: Target): string {
  const address = `${base}/pushrig/v1/trigger${app === undefined ? "" : `?app=${encodeURIComponent(app)}`}`;
  const place = channel.startsWith(USER_CHANNEL) ? { to: channel.slice(USER_CHANNEL.length) } : { channel };
  const body = JSON.stringify({ ...place, event, data: decoded(data) });
  // The token itself is nothing to paste somewhere.
  const token = hasToken ? ` -H "authorization: Bearer $PUSHRIG_TOKEN"` : "";
  return `curl${token} -d ${quoted(body)} ${quoted(address)}`;
}

/** The gateway that is meant. */
interface Target {
  base: string;
  app: string | undefined;
  hasToken: boolean;
}

/** Data as it was given to `trigger()`. */
export function decoded(data: string | undefined): unknown {
  if (data === undefined) return null;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

/** As an expression of TypeScript. */
function literal(data: string | undefined): string {
  const value = decoded(data);
  // In a literal of an object `__proto__` is no field.
  const isPlain = data === undefined || !data.includes("__proto__");
  const text = JSON.stringify(value, null, 2);
  return isPlain ? text.replaceAll("\n", "\n  ") : `JSON.parse(${JSON.stringify(JSON.stringify(value))})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
