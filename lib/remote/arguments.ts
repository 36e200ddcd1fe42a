/** What calls of `Remote` are given, checked before the gateway is asked: what is wrong is said of the call, not of a route. */

import { checkNames, insteadOf } from "../base/nearest.js";
import { show } from "../base/shown.js";
import type { Kind } from "../journal/entry.js";
import { KINDS } from "../journal/sentences.js";
import { checkList, checkObject, checkSwitch, checkText, checkWhole } from "../options/checks.js";
import { whoText } from "./as-json.js";
import type { BatchRequest, JournalSelection, TriggerRequest } from "./shapes.js";

/** Throws a TypeError for what are no options, and for one that there is not. */
export function checkOptions(options: unknown, names: readonly string[], call: string): asserts options is object {
  checkObject(options, `${call} takes options in an object such as { ${names.at(-1)}: … }`);
  checkNames(options, names, call, "option");
}

/** Throws a TypeError for what names nothing. What is empty, or no legal name, the gateway says, as the service does. */
function checkGiven(value: unknown, what: string, call: string): asserts value is string {
  if (typeof value !== "string") throw new TypeError(`pushrig: ${call} takes ${what}, not ${show(value)}`);
}

export function checkEvent(event: unknown, call: string): asserts event is string {
  checkGiven(event, 'the name of an event, such as "new-message"', call);
}

/** What `trigger()` is given besides the data, as the gateway takes it. */
export function askedToTrigger(
  channel: unknown,
  event: unknown,
  options: unknown,
  call: string,
): Omit<TriggerRequest, "data"> {
  const names = Array.isArray(channel) ? (channel as unknown[]) : [channel];
  for (const name of names) checkGiven(name, 'the name of a channel, such as "task-1", or a list of them', call);
  checkEvent(event, call);
  checkOptions(options, ["as", "socketId", "only"], call);
  const { as, socketId, only } = options as Pick<TriggerRequest, "as" | "socketId" | "only">;
  checkText(socketId, `socketId of ${call}`);
  const where = channel as TriggerRequest["channel"] & {};
  return { channel: where, event, socketId, ...asWhom(as, call), ...onlyWhom(only, { as, channel }, call) };
}

function asWhom(as: unknown, call: string): Pick<TriggerRequest, "as"> {
  if (as === undefined || as === "server") return {};
  const { client, ...others } = Object(as) as { client?: unknown };
  if (typeof as !== "object" || client === undefined || Object.keys(others).length > 0) {
    throw new TypeError(`pushrig: as of ${call} is "server", or a client as in { client: "ada" }, not ${show(as)}`);
  }
  return { as: { client: whoText(client as string, `the client in as of ${call}`) } };
}

function onlyWhom(only: unknown, { as, channel }: { as: unknown; channel: unknown }, call: string): object {
  if (only === undefined) return {};
  if (typeof channel !== "string" || (as !== undefined && as !== "server")) {
    throw new TypeError(`pushrig: only of ${call} is for what a server triggers on one channel`);
  }
  return { only: whoText(only as string, `only of ${call}`) };
}

const EXAMPLE = '{ channel: "task-1", event: "new-message", data: {} }';

export function checkBatch(events: unknown, call: string): asserts events is BatchRequest["events"] {
  checkList(events, `${call} takes a list such as [${EXAMPLE}]`);
  if (events.length === 0) throw new TypeError(`pushrig: ${call} takes a list that has at least one event`);
  for (const one of events) {
    checkObject(one, `each event of ${call} is an object such as ${EXAMPLE}`);
    checkNames(one, ["channel", "event", "data", "socketId"], `an event of ${call}`, "field");
    const { channel, event, socketId } = one as Record<string, unknown>;
    checkGiven(channel, 'in each event the name of a channel, such as "task-1"', call);
    checkGiven(event, 'in each event its name, such as "new-message"', call);
    checkText(socketId, `socketId in an event of ${call}`);
  }
}

export function checkToUser(userId: unknown, event: unknown, call: string): void {
  checkGiven(userId, 'the id of a user, such as "ada"', call);
  checkEvent(event, call);
}

const QUESTION = ["event", "channel", "client", "data", "since"];

export function checkQuestion(question: unknown, call: string): void {
  checkObject(question, `${call} takes a question such as { event: "new-message", channel: "task-1", client: "ada" }`);
  checkNames(question, QUESTION, `the question of ${call}`, "field");
  const { event, channel } = question as Record<string, unknown>;
  checkEvent(event, call);
  if (channel !== undefined) checkGiven(channel, 'the name of a channel, such as "task-1"', call);
}

const FOLLOWED = ["after", "channel", "kinds", "beginning"];

/** Which entries. `others`: the options that the call has besides. */
export function checkJournalSelection(selection: unknown, others: readonly string[], call: string): void {
  checkOptions(selection, [...FOLLOWED, ...others], call);
  const { after, limit, channel, kinds, data, beginning } = selection as { [Name in keyof JournalSelection]: unknown };
  for (const [name, value] of Object.entries({ after, limit, beginning })) {
    checkWhole(value, name === "limit" ? 1 : 0, Number.MAX_SAFE_INTEGER, `${name} of ${call}`);
  }
  checkText(channel, `channel of ${call}`);
  checkSwitch(data, `data of ${call}`);
  if (kinds === undefined) return;
  checkList(kinds, `kinds of ${call} is a list such as ["triggered", "subscribed"]`);
  const unknown = kinds.find((kind) => !KINDS.includes(kind as Kind));
  if (unknown === undefined) return;
  throw new TypeError(`pushrig: kinds of ${call} names no kind ${insteadOf(unknown, KINDS, "kind")}`);
}

/** The id of a webhook that was sent. */
export function idOfWebhook(webhook: unknown, call: string): number {
  const id = typeof webhook === "number" ? webhook : (Object(webhook) as { id?: unknown }).id;
  if (Number.isSafeInteger(id) && (id as number) >= 0) return id as number;
  throw new TypeError(
    `pushrig: ${call} takes a webhook as webhooks() and sentWebhook() answer it, or its id, not ${show(webhook)}`,
  );
}
