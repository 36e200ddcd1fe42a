/** The control routes, one after the other: what each takes, what it answers, and how. The router and the OpenAPI document read it. */

import type { AnsweredRefusal } from "../app/answer-instead.js";
import { refusalOf } from "../app/refused-answer.js";
import type { Rig } from "../app/rig.js";
import { realTimers } from "../base/fakes.js";
import { markIn } from "../mock/mark.js";
import { whyOf } from "../mock/why.js";
import { type AdvancedNow, type AttachRequest, NETWORK_VERBS } from "../remote/shapes.js";
import type { AppOptions } from "../options/app.js";
import { checkFilledText } from "../options/checks.js";
import { addApp, closeApp } from "./apps.js";
import { attach } from "./attach.js";
import { jsonOf, kindsOf, switchOf, wholeOf } from "./input.js";
import { changeNetwork, faultsOf } from "./network.js";
import { anything, count, filled, flag, list, object, oneOf, ref, type Schema, text, whole } from "./schemas.js";
import type { ControlledGateway } from "../gateway/control.js";
import { stateOf } from "./state.js";
import { batchByRoute, triggerByRoute } from "./trigger.js";
import { waitByRoute } from "./wait.js";
import { sendAgain, webhookNow, webhooksOf } from "./sent-webhooks.js";

/** What a route is asked. */
export interface RouteRequest {
  served: ControlledGateway;
  /** The app that is meant. */
  rig: Rig;
  query: Record<string, string>;
  body: Record<string, unknown>;
  /** What stands for `{id}` in the path. */
  id: string;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

export interface ControlRoute {
  readonly method: "GET" | "POST";
  /** Below the version, with `{id}` for what may be anything. */
  readonly path: string;
  readonly summary: string;
  /** Parameters besides `app`. */
  readonly query?: Record<string, Schema>;
  /** Fields of the body. */
  readonly body?: Schema;
  /** Whether what answers looks itself which of them there are: of `network` each verb has its own. */
  readonly checksFields?: boolean;
  readonly answers: Schema;
  /** Statuses of refusals besides 400, 401, 403 and 404. */
  readonly refuses?: readonly number[];
  answer(asked: RouteRequest): unknown;
}

/** The fields or parameters that there are. */
export function namesOf(fields: Schema | undefined): string[] {
  return Object.keys((fields?.properties as object | undefined) ?? fields ?? {});
}

const QUESTION = { event: filled, "channel?": filled, "client?": filled, "data?": anything, "since?": ref("Mark") };

const TRIGGERED = object({ seq: whole, events: list(object({ seq: whole, channel: text, subscribers: whole })) });

const WAITS = ["subscribed", "vacated", "members", "triggered", "received", "webhook", "idle"];

export const ROUTES: readonly ControlRoute[] = [
  {
    method: "GET",
    path: "state",
    summary: "What an app is like now: channels, connections, faults",
    answers: ref("State"),
    answer: ({ served, rig }) => stateOf(served, rig),
  },
  {
    method: "GET",
    path: "journal",
    summary: "What has happened, oldest first",
    query: { after: whole, limit: count, channel: text, kinds: text, data: flag, beginning: whole },
    answers: ref("Page"),
    answer: ({ rig, query }) => journalOf(rig, query),
  },
  {
    method: "GET",
    path: "why",
    summary: "Whether an event has reached a client, and if not, why; data and since are JSON",
    query: { event: text, channel: text, client: text, data: text, since: text },
    answers: ref("Why"),
    answer: ({ rig, query }) => whyOf(rig, { ...query, ...parsed(query, "data"), ...parsed(query, "since") }),
  },
  {
    method: "POST",
    path: "why",
    summary: "The same, with the question in the body",
    body: object(QUESTION),
    answers: ref("Why"),
    answer: ({ rig, body }) => whyOf(rig, body),
  },
  {
    method: "POST",
    path: "wait",
    summary: "Waits for what has happened, or will in time; 409 says what has happened instead",
    body: object({
      for: oneOf(...WAITS),
      "channel?": filled,
      "event?": filled,
      "data?": anything,
      "by?": filled,
      "count?": count,
      "ids?": list({ type: ["string", "number"] }),
      "times?": count,
      "name?": filled,
      "match?": anything,
      "since?": ref("Mark"),
      "timeout?": { type: "number", minimum: 0 },
    }),
    answers: object({ result: anything }),
    refuses: [409],
    answer: async ({ rig, body, signal }) => ({ result: await waitByRoute(rig, body, signal) }),
  },
  {
    method: "POST",
    path: "mark",
    summary: "A place in the journal, for since",
    body: object({}),
    answers: object({ mark: ref("Mark") }),
    answer: ({ rig }) => ({ mark: markIn(rig) }),
  },
  {
    method: "POST",
    path: "trigger",
    summary: "Publishes an event: as a server, to a user, or as a client",
    body: {
      ...object({
        event: text,
        "channel?": { type: ["string", "array"], items: text },
        "to?": filled,
        "data?": anything,
        "as?": { oneOf: [{ const: "server" }, object({ client: filled })] },
        "socketId?": text,
        "only?": filled,
      }),
      // A server's event has some, as at the service; a client's may be without.
      anyOf: [{ required: ["data"] }, { properties: { as: { type: "object" } }, required: ["as"] }],
    },
    answers: TRIGGERED,
    refuses: [409, 413, 500, 503],
    answer: ({ rig, body }) => triggerByRoute(rig, body),
  },
  {
    method: "POST",
    path: "batch",
    summary: "Publishes up to ten events as a server, all of them or none",
    body: object({
      events: list(object({ channel: text, event: text, data: anything, "socketId?": text })),
    }),
    answers: TRIGGERED,
    refuses: [409, 413, 500, 503],
    answer: ({ rig, body }) => batchByRoute(rig, body),
  },
  {
    method: "GET",
    path: "network",
    summary: "The faults that are on",
    answers: object({ faults: list(ref("Fault")) }),
    answer: ({ rig }) => ({ faults: faultsOf(rig) }),
  },
  {
    method: "POST",
    path: "network",
    summary: "Begins a fault, takes one back or all, or drops connections",
    body: object({
      do: oneOf(...NETWORK_VERBS),
      "client?": filled,
      "code?": whole,
      "reason?": text,
      "times?": count,
      "ms?": { type: "number", minimum: 0 },
      "channel?": text,
      "event?": text,
      "status?": whole,
      "message?": text,
      "error?": oneOf("ECONNRESET", "timeout"),
      "throws?": flag,
      "preset?": text,
      "seed?": whole,
      "id?": count,
    }),
    answers: object({ "fault?": ref("Fault") }),
    checksFields: true,
    refuses: [409],
    answer: ({ rig, body }) => {
      const fault = changeNetwork(rig, body);
      return fault === undefined ? {} : { fault };
    },
  },
  {
    method: "POST",
    path: "advance",
    summary: "Moves the time of the gateway and of its apps forward",
    body: object({ by: { type: ["string", "number"] } }),
    answers: object({
      passed: { type: "number" },
      pinged: list(text),
      cut: list(object({ socketId: text, code: whole })),
      counts: whole,
      expired: list(text),
      webhooks: list(ref("Webhook")),
      simulated: list(text),
      text,
    }),
    answer: ({ served, body }) => advanced(served, body.by),
  },
  {
    method: "POST",
    path: "reset",
    summary: "Forgets what has happened in the app",
    body: object({}),
    answers: object({ start: whole }),
    answer: ({ rig }) => {
      rig.reset();
      return { start: rig.journal.read({ kinds: [], state: false }).start };
    },
  },
  {
    method: "GET",
    path: "webhooks",
    summary: "The webhooks that were sent",
    answers: object({ webhooks: list(ref("Webhook")) }),
    answer: ({ rig }) => ({ webhooks: webhooksOf(rig) }),
  },
  {
    method: "POST",
    path: "webhooks/{id}/send",
    summary: "Sends a webhook once more: the same body, a further attempt",
    body: object({}),
    answers: object({ webhook: ref("Webhook") }),
    refuses: [409],
    answer: async ({ rig, id }) => ({ webhook: await sendAgain(rig, id) }),
  },
  {
    method: "POST",
    path: "attach",
    summary:
      "For processes of the same project: what they need to use this gateway as their own, and what it needs of them",
    body: object({
      id: filled,
      pid: whole,
      name: filled,
      "token?": text,
      "credentials?": list(object({ key: text, secret: text })),
      "receivers?": list(anything),
      "after?": whole,
    }),
    answers: object({
      generation: whole,
      rank: whole,
      owner: object({ pid: whole, name: text, version: text, host: text, wsPath: text, startedAt: { type: "number" } }),
      isRestarting: flag,
      takesAnyKey: flag,
      apps: list(anything),
      added: list(anything),
      attached: list(ref("Attached")),
    }),
    answer: ({ served, body, signal }) => attach(served, body as unknown as AttachRequest, signal),
  },
  {
    method: "POST",
    path: "authorize",
    summary: "For endpoints of processes that are attached: whether what one has signed is to be refused in its answer",
    body: object({ socketId: filled, "channel?": filled }),
    answers: object({ "refusal?": object({ status: whole, message: text }) }),
    answer: ({ rig, body }) => refusalByRoute(rig, body),
  },
  {
    method: "POST",
    path: "apps",
    summary: "Makes a further app, with a gateway of its own in the same process",
    body: object({ "id?": filled, "key?": filled, "secret?": filled, "cluster?": filled }),
    answers: object({ app: ref("App"), url: text, "secret?": text }),
    refuses: [409],
    answer: ({ served, body }) => addApp(served, body as Partial<AppOptions>),
  },
  {
    method: "POST",
    path: "apps/{id}/close",
    summary: "Ends an app that was made by route, and its gateway",
    body: object({}),
    answers: object({}),
    answer: async ({ served, id }) => {
      await closeApp(served, id);
      return {};
    },
  },
  {
    method: "POST",
    path: "restart",
    summary: "The gateway listens anew; it answers before",
    body: object({}),
    answers: object({ startedAt: { type: "number" } }),
    answer: ({ served }) => {
      // Whoever asked is answered first. That the port is taken meanwhile its owner hears from the gateway.
      realTimers.setImmediate(() => void served.restart().catch((error: Error) => console.error(error.message)));
      return { startedAt: served.startedAt };
    },
  },
];

function refusalByRoute(rig: Rig, { socketId, channel }: RouteRequest["body"]): { refusal?: AnsweredRefusal } {
  rig.requireOpen();
  checkFilledText(socketId, "the field socketId of POST authorize");
  if (channel !== undefined) checkFilledText(channel, "the field channel of POST authorize");
  const refusal = refusalOf(rig, socketId as string, channel as string | undefined);
  return refusal === undefined ? {} : { refusal };
}

function journalOf(rig: Rig, query: Record<string, string>): object {
  rig.requireOpen();
  const where = "GET journal";
  const after = wholeOf(query.after, "after", where);
  const limit = wholeOf(query.limit, "limit", where);
  const beginning = wholeOf(query.beginning, "beginning", where);
  const data = switchOf(query.data, "data", where);
  const kinds = kindsOf(query.kinds, where);
  const { channel } = query;
  const page = rig.journal.read({
    ...(after !== undefined && { after }),
    ...(channel !== undefined && { channel }),
    ...(kinds !== undefined && { kinds }),
    ...(data !== undefined && { data }),
    ...(beginning !== undefined && { beginning }),
  });
  return limit === undefined ? page : { ...page, entries: page.entries.slice(0, limit) };
}

function parsed(query: Record<string, string>, name: "data" | "since"): object {
  return query[name] === undefined ? {} : { [name]: jsonOf(query[name], name, "GET why") };
}

async function advanced(served: ControlledGateway, by: unknown): Promise<AdvancedNow> {
  const { passed, pinged, cut, counts, expired, webhooks, simulated, text } = await served.advance(by as number);
  return {
    passed,
    pinged: [...pinged],
    cut: cut.map(({ socketId, code }) => ({ socketId, code })),
    counts,
    expired: [...expired],
    webhooks: webhooks.map(webhookNow),
    simulated: [...simulated],
    text,
  };
}
