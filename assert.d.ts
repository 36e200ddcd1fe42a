/**
 * The assertions of the matchers as functions, for `node --test`, Mocha and whoever has no `expect`:
 *
 * ```ts
 * import * as assert from "pushrig/assert";
 * assert.triggered(channel("task-1"), "new-message", { id: "m1" });
 * await assert.receives(client, "task-1", "new-message");
 * ```
 *
 * They throw an `AssertionError` of `node:assert` with the matchers' texts.
 */
export * from "./dist/runners/matchers/assertions.js";
export type { ReceiveOptions } from "./dist/runners/matchers/received.js";
export type { Step } from "./dist/runners/matchers/triggered.js";
export type { Mark, Match, Who } from "./dist/journal/question.js";
