/** What is copied of a row: a Vitest test, and a line for the shell. */

import type { Entry } from "../journal/entry.js";

/** A test that triggers the event and looks at what a subscriber gets. */
export function testOf({ seq, channel = "", event = "", data }: Entry): string {
  const name = JSON.stringify(`delivers ${event} on ${channel}, as #${seq}`);
  return [
    `import { createMockPusher } from "pushrig";`,
    `import { expect, it } from "vitest";`,
    "",
    `it(${name}, async () => {`,
    `  const pusher = createMockPusher();`,
    `  const data = ${literal(data)};`,
    `  const got: unknown[] = [];`,
    `  const channel = pusher.client().subscribe(${JSON.stringify(channel)});`,
    `  channel.bind(${JSON.stringify(event)}, (data: unknown) => got.push(data));`,
    `  await pusher.channel(${JSON.stringify(channel)}).subscribed();`,
    `  await pusher.server.trigger(${JSON.stringify(channel)}, ${JSON.stringify(event)}, data);`,
    `  await pusher.idle();`,
    `  expect(got).toEqual([data]);`,
    `  await pusher.close();`,
    `});`,
    "",
  ].join("\n");
}

/** A line of any POSIX shell that triggers the event at this gateway, by its control routes. */
export function curlOf({ channel = "", event = "", data }: Entry, { base, app, hasToken }: Target): string {
  const address = `${base}/pushrig/v1/trigger${app === undefined ? "" : `?app=${encodeURIComponent(app)}`}`;
  const place = channel.startsWith(USER) ? { to: channel.slice(USER.length) } : { channel };
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

/** What the channel of a user begins with. */
export const USER = "#server-to-user-";

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
