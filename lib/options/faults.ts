/** What a test's faults are asked for with: shapes and checks. */

import { checkNames, insteadOf } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { checkObject, checkOneOf, checkSwitch, checkWhole } from "./checks.js";

/** What happens to connections in life; docs/faults.md says what each of them does. */
export const PRESETS = ["subway", "laptop-lid", "deploy", "failover"] as const;

export type Preset = (typeof PRESETS)[number];

export interface SimulationOptions {
  /** Makes it the same every time: a whole number. Default: by chance. */
  seed?: number;
}

/** Which events a fault is about. What is left out may be anything. */
export interface FaultSelection {
  /** A channel's name, in which `*` stands for any text: `"task-*"`. */
  channel?: string;
  /** An event's name, in which `*` stands for any text. */
  event?: string;
  /** How often it strikes. Default: always, until `restore()`. */
  times?: number;
}

/** The same for what happens to each client by itself. */
export interface DeliveryFaultSelection extends FaultSelection {
  /** Only for this client: itself, its name, its user's id, its connectionId or its socket id. A client is followed when it connects anew. */
  client?: { readonly connectionId: string } | { readonly connection: { readonly socket_id: string } } | string;
}

/** How triggering fails. */
export interface TriggerFailure extends FaultSelection {
  /** The HTTP status of the answer, 400 to 599. Default 500. */
  status?: number;
  /** No answer comes: the connection is cut, or nothing happens until the server's `timeout`. */
  error?: "ECONNRESET" | "timeout";
  /** Whether `trigger` throws in this process instead of rejecting. Default false. */
  throws?: boolean;
}

/** How webhooks come to nothing. */
export interface WebhookFailure extends FaultSelection {
  /** The event of the webhook: `"channel_occupied"` or `"member_*"`. One that brings several is struck for each of them. */
  event?: string;
  /** The HTTP status that its receiver answers. Default 500. */
  status?: number;
  /** It does not answer: the connection is cut, or nothing comes in time. */
  error?: "ECONNRESET" | "timeout";
}

/** Throws a TypeError for what is no object with these fields. */
export function checkFields(options: object, names: readonly string[], call: string, example: string): void {
  checkObject(options, `${call} takes an object such as ${example}`);
  checkNames(options, names, call, "option");
}

/** Throws a RangeError for what is no number of times. */
export function checkTimes(times: number | undefined, call: string): void {
  if (times === undefined || times === Infinity || (Number.isSafeInteger(times) && times >= 1)) return;
  throw new RangeError(
    `pushrig: the option times of ${call} is a whole number from 1 on, not ${show(times)}; without it, every time counts`,
  );
}

/** What a channel's name is made of, and the star. */
const CHANNEL_PATTERN = /^#?[\w\-=@,.;*]+$/;

/** Throws a TypeError for what is no name of a channel and no pattern of one. */
export function checkChannelPattern(channel: unknown, call: string): void {
  if (channel === undefined || (typeof channel === "string" && CHANNEL_PATTERN.test(channel))) return;
  const rule = 'a name, in which * may stand for any text, such as "task-*"';
  const letters =
    typeof channel === "string" && channel !== "" ? "; channels have letters, digits and _-=@,.; in their names" : "";
  throw new TypeError(`pushrig: the channel of ${call} is ${rule}, not ${show(channel)}${letters}`);
}

/** Throws a TypeError for what is no name of an event and no pattern of one. */
function checkEventPattern(event: unknown, call: string): void {
  if (event === undefined || (typeof event === "string" && event !== "")) return;
  throw new TypeError(
    `pushrig: the event of ${call} is a name, in which * may stand for any text, such as "new-*", not ${show(event)}`,
  );
}

/** Throws for a wrong selection. `more`: what the fault takes besides. */
export function checkFaultSelection(selection: DeliveryFaultSelection, call: string, more: readonly string[]): void {
  checkFields(selection, ["channel", "event", "times", ...more], call, '{ channel: "task-*" }');
  checkChannelPattern(selection.channel, call);
  checkEventPattern(selection.event, call);
  checkTimes(selection.times, call);
}

/** Throws for a wrong failure. */
export function checkTriggerFailure(failure: TriggerFailure): void {
  const call = "failTrigger()";
  checkFaultSelection(failure, call, ["status", "error", "throws"]);
  checkSwitch(failure.throws, `the option throws of ${call}`);
  checkAnswer(failure, call);
}

/** Throws for a wrong failure. */
export function checkWebhookFailure(failure: WebhookFailure): void {
  const call = "failWebhooks()";
  checkFaultSelection(failure, call, ["status", "error"]);
  checkAnswer(failure, call);
}

function checkAnswer(failure: TriggerFailure | WebhookFailure, call: string): void {
  checkWhole(failure.status, 400, 599, `the status of ${call}`);
  checkOneOf(failure.error, ["ECONNRESET", "timeout"], `the error of ${call}`);
  if (failure.status !== undefined && failure.error !== undefined) {
    throw new TypeError(
      `pushrig: ${call} has the answer be the status ${failure.status} or none (${show(failure.error)}): give it one of the two`,
    );
  }
}

/** Throws for a wrong preset, and for wrong options. */
export function checkSimulation(preset: unknown, options: SimulationOptions): void {
  if (!PRESETS.includes(preset as Preset)) {
    throw new TypeError(`pushrig: simulate() has no preset ${insteadOf(preset, PRESETS, "preset")}`);
  }
  checkFields(options, ["seed"], "simulate()", "{ seed: 7 }");
  checkWhole(options.seed, 0, 2 ** 32 - 1, "the seed of simulate()");
}

/** Options as a test writes them, for messages. */
export function showOptions(options: object): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  if (given.length === 0) return "";
  const fields = given.map(([name, value]: [string, unknown]) => {
    const connectionId = (Object(value) as { connectionId?: unknown }).connectionId;
    return `${name}: ${show(connectionId ?? value)}`;
  });
  return `{ ${fields.join(", ")} }`;
}
