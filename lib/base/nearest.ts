/** Did you mean …? */

import { show } from "./shown.js";
import { synonym } from "./synonyms.js";

/** Throws a TypeError for a field of `options` that is not among `names`. `kind` is what they are, in the singular. */
export function checkNames(options: object, names: readonly string[], where: string, kind: string): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`pushrig: ${where} has no ${kind} ${insteadOf(name, names, kind)}`);
  }
}

/** The end of a message about a name that is none of `names`. */
export function insteadOf(name: unknown, names: readonly string[], kind: string): string {
  const near = nearest(String(name), names) ?? synonym(String(name), names);
  const question = near === undefined ? "the" : `did you mean ${show(near)}? The`;
  return `${show(name)}; ${question} ${kind}s are ${names.join(", ")}`;
}

/** The candidate that one edit turns into `name`: a letter more, less, other, or two swapped. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  for (const candidate of candidates) if (candidate !== name && isOneEditAway(name, candidate)) return candidate;
  return undefined;
}

function isOneEditAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}
