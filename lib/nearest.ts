/** Did you mean …? */

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
