/** JSON Schemas of what the control routes take and answer, as the OpenAPI document has them: the shapes of `remote/shapes.ts`. */

import { FAULT_VERBS } from "../remote/shapes.js";
import { WEBHOOK_EVENTS } from "../options/webhook.js";

export type Schema = { readonly [keyword: string]: unknown };

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const text: Schema = { type: "string" };
export const filled: Schema = { type: "string", minLength: 1 };
export const whole: Schema = { type: "integer", minimum: 0 };
export const count: Schema = { type: "integer", minimum: 1 };
export const flag: Schema = { type: "boolean" };
export const anything: Schema = {};
export const list = (items: Schema): Schema => ({ type: "array", items });
export const oneOf = (...words: readonly string[]): Schema => ({ enum: words });

/** All fields that there are; those whose name ends with `?` may be missing. */
export function object(fields: Record<string, Schema>): Schema {
  const names = Object.keys(fields);
  const properties = Object.fromEntries(names.map((name) => [bare(name), fields[name]]));
  return {
    type: "object",
    properties,
    required: names.filter((name) => bare(name) === name),
    additionalProperties: false,
  };
}

function bare(name: string): string {
  return name.replace(/\?$/, "");
}

export const COMPONENTS: Record<string, Schema> = {
  Error: object({ error: object({ code: text, message: text }) }),
  App: object({ id: text, key: text, cluster: text }),
  Gateway: object({
    url: text,
    pid: whole,
    version: text,
    "project?": text,
    role: oneOf("owner", "attached"),
    attached: list(ref("Attached")),
    startedAt: { type: "number" },
  }),
  Attached: object({ pid: whole, name: text, since: { type: "number" } }),
  Member: object({ id: text, "info?": anything }),
  Channel: object({
    name: text,
    subscribers: list(text),
    "members?": list(ref("Member")),
    "cached?": object({ data: text, ttl: { type: "number" } }),
  }),
  Connection: object({
    label: text,
    "client?": whole,
    connection: text,
    "socketId?": text,
    "name?": text,
    "user?": text,
    door: oneOf("process", "socket"),
    isConnected: flag,
    channels: list(text),
  }),
  Fault: object({
    id: count,
    do: oneOf(...FAULT_VERBS),
    options: { type: "object" },
    strikes: whole,
    waiting: whole,
  }),
  State: object({
    v: { const: 1 },
    gateway: ref("Gateway"),
    apps: list(ref("App")),
    app: ref("App"),
    seq: whole,
    start: whole,
    channels: list(ref("Channel")),
    connections: list(ref("Connection")),
    faults: list(ref("Fault")),
  }),
  // Which other fields there are, the kind says.
  Entry: {
    type: "object",
    properties: { seq: whole, t: { type: "number" }, kind: text, channel: text, event: text, data: text, cause: whole },
    required: ["seq", "t", "kind"],
  },
  Page: {
    type: "object",
    properties: {
      start: whole,
      forgotten: whole,
      last: whole,
      date: { type: "number" },
      base: list({ type: "object" }),
      before: list({ type: "object" }),
      taken: { type: "object" },
      entries: list(ref("Entry")),
    },
    required: ["start", "forgotten", "last", "date", "base", "before", "taken", "entries"],
  },
  Mark: object({ seq: whole, app: whole }),
  Why: object({
    received: flag,
    reason: text,
    text,
    "client?": text,
    others: list(ref("Why")),
    "entry?": ref("Entry"),
    near: list(object({ entry: ref("Entry"), differences: list(text) })),
    timeline: list(ref("Entry")),
  }),
  Webhook: object({
    id: count,
    to: text,
    timeMs: { type: "number" },
    events: list({
      type: "object",
      properties: { name: oneOf(...WEBHOOK_EVENTS), channel: text },
      required: ["name", "channel"],
    }),
    seq: whole,
    body: text,
    headers: { type: "object", additionalProperties: text },
    state: oneOf("sending", "delivered", "retrying", "failed"),
    attempts: whole,
    "status?": whole,
    "error?": text,
  }),
};
