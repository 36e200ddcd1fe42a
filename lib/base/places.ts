/** Places in code, `file:line:column` as the engine says them, and what they are in their source: to read source maps takes milliseconds. */

/** A look at the stack, whose text is made when it is read. */
export interface Look {
  stack?: unknown;
}

/** Places that are remembered; beyond it they are forgotten. */
const MAX_PLACES = 10_000;

const KEY = Symbol.for("pushrig.places");

/** What they are in their source, or until somebody asks: the stack, and which of its frames it is. */
type Places = Map<string, string | { look: Look; at: number }>;

/** Of all copies in this realm: any may be asked about the place of another's. */
const places = ((globalThis as { [KEY]?: Places })[KEY] ??= new Map());

/** @param take looks at the stack: it is called once for a place */
export function rememberPlace(place: string, take: () => Look, at = 0): void {
  if (places.has(place)) return;
  if (places.size >= MAX_PLACES) places.clear();
  places.set(place, { look: take(), at });
}

/** The same place in its source, as far as this realm knows. */
export function inItsSource(place: string): string {
  const known = places.get(place);
  if (typeof known === "string") return known;
  const found = (known && shownBy(known.look, known.at)) ?? place;
  const path = found.replace(/^file:\/\//, "");
  if (known !== undefined) places.set(place, path);
  return path;
}

/** What the realm's own way of showing stacks makes of this frame: it knows the source maps. */
function shownBy(look: Look, at: number): string | undefined {
  try {
    const shown = String(look.stack).match(/^ +at .+$/gm)?.[at] ?? "";
    const place = / \((.+:\d+:\d+)\)$/.exec(shown) ?? /^ +at (?:async )?(.+:\d+:\d+)$/.exec(shown);
    return place?.[1];
  } catch {
    // Somebody's own way of showing stacks.
    return undefined;
  }
}
