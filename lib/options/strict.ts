/** What an app takes for a mistake, though Pusher takes it: options of `configure()`, `createMockPusher()` and the plugins. */

import { checkNames } from "../base/nearest.js";
import { checkObject, checkOneOf } from "./checks.js";

/** `"warn"` is one line on the console, `"error"` fails the test that is running. */
export type Reaction = "ignore" | "warn" | "error";

/** What is done about each mistake. Fields that are absent or undefined keep their value; all begin as `"ignore"`. */
export interface StrictInput {
  /** An event was triggered on a channel with no subscriber. */
  unheard?: Reaction;
  /** An event that nobody has bound was triggered on a channel where somebody has bound a name one letter away. */
  typo?: Reaction;
  /** A client was subscribed, or had a callback bound on a channel, when the app was reset or closed. */
  leak?: Reaction;
  /** Nobody awaited what `trigger()`, `triggerBatch()` or `sendToUser()` returned. */
  floating?: Reaction;
}

/** The same with nothing left open. */
export type Strict = Required<StrictInput>;

const MISTAKES = ["unheard", "typo", "leak", "floating"] as const;
const REACTIONS: readonly Reaction[] = ["ignore", "warn", "error"];

export const LENIENT: Strict = { unheard: "ignore", typo: "ignore", leak: "ignore", floating: "ignore" };

/** `base` with `input` laid over it. Throws a TypeError that names what is wrong. */
export function withStrict(base: Strict, input: StrictInput | undefined, where: string): Strict {
  if (input === undefined) return base;
  checkObject(input, `strict in ${where} is an object such as { typo: "error" }`);
  checkNames(input, MISTAKES, `strict in ${where}`, "field");
  const strict = { ...base };
  for (const mistake of MISTAKES) {
    checkOneOf(input[mistake], REACTIONS, `strict.${mistake} in ${where}`);
    strict[mistake] = input[mistake] ?? base[mistake];
  }
  return strict;
}

export function isLenient(strict: Strict): boolean {
  return strict === LENIENT || MISTAKES.every((mistake) => strict[mistake] === "ignore");
}
