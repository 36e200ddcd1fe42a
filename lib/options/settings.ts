/** How an app delivers: options of `configure()` and `createMockPusher()`, and `PUSHRIG_*` variables. */

import { MAX_DELAY, checkObject, checkOneOf, checkSwitch, checkWhole } from "./checks.js";
import { checkNames } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { LENIENT, type Strict, type StrictInput, withStrict } from "./strict.js";

export type Delivery = "immediate" | "network" | "polling";

/** Milliseconds, or a range that a seeded generator spreads delays over. */
export type Latency = number | { min: number; max: number; seed?: number };

/** What `configure()` takes. Fields that are absent or undefined keep their value. */
export interface SettingsInput {
  /** When callbacks run; see docs/delivery.md. Default `"immediate"`. */
  delivery?: Delivery;
  /** Simulated delay after the message is stored, in milliseconds. Default 0 in `immediate`, 50 in the others. */
  latency?: Latency;
  /** Milliseconds between two ticks in `polling`. Default 100. */
  pollInterval?: number;
  /** Messages kept per channel. Default 100. */
  historyLimit?: number;
  /** Milliseconds that webhooks of departures wait for the client to come back. Default 3000, as at Pusher. */
  webhookHold?: number;
  /**
   * What happens when a callback throws: `"report"` (default) logs it, and fails the test for an assertion under the plugins of
   * Vitest and Jest; `"fail"` fails the test for any error; `"throw"` does as pusher-js.
   */
  onCallbackError?: CallbackReaction;
  /** The verbose log. Default: whether `DEBUG` names `pushrig`. */
  debug?: boolean;
  /** What is taken for a mistake, though Pusher takes it; see docs/testing.md. Default: nothing. */
  strict?: StrictInput;
}

/** Settings with nothing left open. */
export interface Settings {
  delivery: Delivery;
  latency: { min: number; max: number; seed?: number };
  pollInterval: number;
  historyLimit: number;
  webhookHold: number;
  onCallbackError: CallbackReaction;
  debug: boolean;
  strict: Strict;
}

const DELIVERIES: readonly Delivery[] = ["immediate", "network", "polling"];
const REACTIONS = ["report", "fail", "throw"] as const;
type CallbackReaction = (typeof REACTIONS)[number];
/** The names of all settings. */
export const SETTINGS: readonly string[] = [
  "delivery",
  "latency",
  "pollInterval",
  "historyLimit",
  "webhookHold",
  "onCallbackError",
  "debug",
  "strict",
];

const VARIABLES = [
  "PUSHRIG_DELIVERY",
  "PUSHRIG_LATENCY",
  "PUSHRIG_POLL_INTERVAL",
  "PUSHRIG_HISTORY_LIMIT",
  "PUSHRIG_WEBHOOK_HOLD",
  "PUSHRIG_ON_CALLBACK_ERROR",
  "DEBUG",
] as const;

/** What the environment said when it was asked the last time, and what that comes to. */
let latest: { readonly said: readonly (string | undefined)[]; readonly settings: Settings } | undefined;

/** The settings of an app that nobody configured, after the environment. The same object while that says the same. */
export function defaultSettings(): Settings {
  if (latest !== undefined && isSaying(latest.said)) return latest.settings;
  const said = VARIABLES.map((name) => process.env[name]);
  latest = { said, settings: Object.freeze(settingsAfter(process.env)) };
  return latest.settings;
}

function isSaying(said: readonly (string | undefined)[]): boolean {
  for (let at = 0; at < VARIABLES.length; at += 1) if (process.env[VARIABLES[at]] !== said[at]) return false;
  return true;
}

function settingsAfter(env: Partial<Record<(typeof VARIABLES)[number], string>>): Settings {
  const input: SettingsInput = {};
  if (env.PUSHRIG_DELIVERY) input.delivery = env.PUSHRIG_DELIVERY as Delivery;
  if (env.PUSHRIG_LATENCY) input.latency = numberIn(env.PUSHRIG_LATENCY);
  if (env.PUSHRIG_POLL_INTERVAL) input.pollInterval = numberIn(env.PUSHRIG_POLL_INTERVAL);
  if (env.PUSHRIG_HISTORY_LIMIT) input.historyLimit = numberIn(env.PUSHRIG_HISTORY_LIMIT);
  if (env.PUSHRIG_WEBHOOK_HOLD) input.webhookHold = numberIn(env.PUSHRIG_WEBHOOK_HOLD);
  if (env.PUSHRIG_ON_CALLBACK_ERROR) input.onCallbackError = env.PUSHRIG_ON_CALLBACK_ERROR as CallbackReaction;
  const debug = (env.DEBUG ?? "")
    .split(/[\s,]+/)
    .some((name) => name === "pushrig" || name === "pushrig:*" || name === "*");
  const base: Settings = {
    delivery: "immediate",
    latency: { min: 0, max: 0 },
    pollInterval: 100,
    historyLimit: 100,
    webhookHold: 3000,
    onCallbackError: "report",
    debug,
    strict: LENIENT,
  };
  return withSettings(base, input, "the environment (PUSHRIG_*)");
}

/** The number that a variable holds; what is none is left as it is, for the error to show. */
function numberIn(text: string): number {
  const number = Number(text);
  return Number.isNaN(number) ? (text as unknown as number) : number;
}

/** `base` with `input` laid over it. Throws a TypeError or RangeError that names what is wrong; `base` is not touched. */
export function withSettings(base: Settings, input: SettingsInput, where = "configure()"): Settings {
  checkObject(input, `${where} takes an object such as { delivery: "immediate" }`);
  checkNames(input, SETTINGS, where, "setting");
  const delivery = oneOf(input.delivery, DELIVERIES, "delivery", where) ?? base.delivery;
  return {
    delivery,
    latency: latency(input, delivery, base, where),
    pollInterval: whole(input.pollInterval, 1, "pollInterval", where) ?? base.pollInterval,
    historyLimit: whole(input.historyLimit, 0, "historyLimit", where) ?? base.historyLimit,
    webhookHold: whole(input.webhookHold, 0, "webhookHold", where) ?? base.webhookHold,
    onCallbackError: oneOf(input.onCallbackError, REACTIONS, "onCallbackError", where) ?? base.onCallbackError,
    debug: switched(input.debug, "debug", where) ?? base.debug,
    strict: withStrict(base.strict, input.strict, where),
  };
}

function latency(input: SettingsInput, delivery: Delivery, base: Settings, where: string): Settings["latency"] {
  const given = input.latency;
  if (given === undefined) {
    // Each mode has its own default, so a change of mode without a latency takes the new mode's.
    if (delivery === base.delivery) return base.latency;
    const usual = delivery === "immediate" ? 0 : 50;
    return { min: usual, max: usual };
  }
  const range = typeof given === "number" ? { min: given, max: given } : given;
  const legal = (ms: unknown): ms is number => typeof ms === "number" && ms >= 0 && ms <= MAX_DELAY;
  if (typeof range !== "object" || range === null || !legal(range.min) || !legal(range.max) || range.min > range.max) {
    throw new RangeError(
      `pushrig: latency in ${where} is milliseconds from 0 to ${MAX_DELAY}, or { min, max, seed } with min <= max, not ${show(given)}`,
    );
  }
  checkNames(range, ["min", "max", "seed"], `latency in ${where}`, "field");
  checkWhole(range.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, `the seed of latency in ${where}`);
  return range.seed === undefined
    ? { min: range.min, max: range.max }
    : { min: range.min, max: range.max, seed: range.seed };
}

function whole(value: number | undefined, least: number, name: string, where: string): number | undefined {
  checkWhole(value, least, MAX_DELAY, `${name} in ${where}`);
  return value;
}

function switched(value: boolean | undefined, name: string, where: string): boolean | undefined {
  checkSwitch(value, `${name} in ${where}`);
  return value;
}

function oneOf<T extends string>(value: T | undefined, all: readonly T[], name: string, where: string): T | undefined {
  checkOneOf(value, all, `${name} in ${where}`);
  return value;
}
