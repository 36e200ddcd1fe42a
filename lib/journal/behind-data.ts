/** Options that stand where a waiter takes data: in Node, in a page, and where a gateway is asked from outside. */

import { show } from "../base/shown.js";
import type { Mark } from "./question.js";

/**
 * The options of a waiter that takes data before them, which are easily given in its place: what nobody would publish is taken for
 * that.
 *
 * @param first what comes before the data, as the call has it
 * @throws TypeError
 */
export function behindData<Options extends object>(
  data: unknown,
  options: Options | undefined,
  { call, names, first }: { call: string; names: readonly string[]; first: string },
): Options | Record<string, never> {
  if (options !== undefined) return options;
  if (!looksLikeOptions(data, names)) return {};
  throw new TypeError(
    `pushrig: ${show(data)} stands where ${call} takes data. Options come behind that: ${first}, undefined, ${show(data)}). ` +
      `If it is the data, give options as well: ${first}, ${show(data)}, {})`,
  );
}

function looksLikeOptions(data: unknown, names: readonly string[]): boolean {
  if (typeof data !== "object" || data === null) return false;
  const { timeout, since } = data as { timeout?: unknown; since?: Partial<Mark> | null };
  const isCertain = typeof timeout === "number" || (Number.isInteger(since?.seq) && Number.isInteger(since?.app));
  return isCertain && Object.keys(data).every((name) => names.includes(name));
}
