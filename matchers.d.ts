/**
 * The matchers, for `expect.extend` where neither plugin is used, and their types:
 *
 * ```ts
 * import { expect } from "expect";
 * import { pushrigMatchers } from "pushrig/matchers";
 * expect.extend(pushrigMatchers);
 * ```
 *
 * The plugins register them by themselves. Where TypeScript does not see the runner's configuration file, this brings their types:
 * `/// <reference types="pushrig/matchers" />`.
 */
// oxlint-disable-next-line typescript/triple-slash-reference -- to import an ES module takes an attribute that older TypeScript lacks
/// <reference path="./matchers.vitest.d.mts" />
import type { PushrigMatchers } from "./dist/runners/matchers/types.js";

export type { PushrigMatchers };
export type { ReceiveOptions } from "./dist/runners/matchers/received.js";
export type { Step } from "./dist/runners/matchers/triggered.js";
export type { Mark, Match, Who } from "./dist/journal/question.js";

// oxlint-disable-next-line typescript/no-explicit-any -- each runner calls them on a context of its own
export declare const pushrigMatchers: Record<keyof PushrigMatchers, (this: any, subject: any, ...args: any[]) => any>;

// @ts-ignore -- Jest need not be installed; `@jest/globals` and `@jest/expect` hand its `expect` on
declare module "expect" {
  interface Matchers<R> extends PushrigMatchers<R> {}
}

declare global {
  namespace jest {
    interface Matchers<R> extends PushrigMatchers<R> {}
  }
}
