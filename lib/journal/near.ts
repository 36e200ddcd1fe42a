/** Near misses: events that were triggered and are nearly the one that was asked for, with every field that differs. */

import { decode } from "../base/decode.js";
import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import type { Entry } from "./entry.js";
import { differences } from "./match.js";
import type { Near, Question } from "./question.js";

const MOST = 3;

/** Latest events whose data is looked at: a full journal is answered in no time. */
const COMPARED = 200;

/** How far a name is from what was asked for. */
const SAME = 0;
const SIMILAR = 1;
const OTHER = 3;

type Asked = Pick<Question, "event" | "channel" | "data">;

/**
 * At most three, the nearest first and of those that are equally near the latest. Each has something in common with what was
 * asked for: the channel, or a name that is the same or nearly so. What was published alike counts once.
 */
export function nearMisses(asked: Asked, events: readonly Entry[]): Near[] {
  const nameDistance = distancesTo(asked.event);
  const placeDistance = asked.channel === undefined ? () => SAME : distancesTo(asked.channel);
  const latest = new Map<string, { entry: Entry; distance: number }>();
  for (let i = events.length - 1; i >= 0 && latest.size < COMPARED; i -= 1) {
    const entry = events[i];
    const { event = "", channel = "", data } = entry;
    const name = nameDistance(event);
    const place = placeDistance(channel);
    const isRelated = place === SAME || name === SAME || (place === SIMILAR && name === SIMILAR);
    if (!isRelated) continue;
    const key = JSON.stringify([event, channel, data]);
    if (!latest.has(key)) latest.set(key, { entry, distance: name + place });
  }
  return [...latest.values()]
    .map(({ entry, distance }) => {
      const data = entry.data === undefined ? [] : differences(asked.data, decode(entry.data));
      return {
        entry,
        distance: distance + Math.min(data.length, OTHER),
        differences: [...namesDiffer(asked, entry), ...data],
      };
    })
    .filter(({ differences }) => differences.length > 0)
    .sort((one, other) => one.distance - other.distance || other.entry.seq - one.entry.seq)
    .slice(0, MOST)
    .map(({ entry, differences }) => ({ entry, differences: [...refusal(entry), ...differences] }));
}

/** What did not even go out. */
function refusal({ kind, code, text }: Entry): string[] {
  return kind === "rejected" ? [`refused: ${code ?? text}`] : [];
}

/** Whether two names are so near that one may be meant for the other. */
export function isSimilar(one: string, other: string): boolean {
  return nearest(one, [other]) !== undefined || bare(one) === bare(other);
}

function namesDiffer(asked: Asked, { event = "", channel = "" }: Entry): string[] {
  const texts: string[] = [];
  if (event !== asked.event) texts.push(`the name: ${difference(event, asked.event)}`);
  if (asked.channel !== undefined && channel !== asked.channel) {
    texts.push(`the channel: ${show(channel)} where ${show(asked.channel)} is expected`);
  }
  return texts;
}

/** Of two names that differ in a place: that place alone. */
function difference(got: string, expected: string): string {
  const whole = `${show(got)} where ${show(expected)} is expected`;
  if (got.toLowerCase() === expected.toLowerCase()) return `${whole} (upper and lower case)`;
  let start = 0;
  while (start < got.length && got[start] === expected[start]) start += 1;
  let end = 0;
  const most = Math.min(got.length, expected.length) - start;
  while (end < most && got.at(-1 - end) === expected.at(-1 - end)) end += 1;
  const [part, wanted] = [got, expected].map((name) => name.slice(start, name.length - end));
  const isShort = part.length === 1 && wanted.length === 1;
  return isShort ? `${show(part)} where ${show(wanted)} is expected` : whole;
}

/** How far names are from one; each is looked at once. */
function distancesTo(expected: string): (name: string) => number {
  const known = new Map<string, number>();
  return (name) => {
    let distance = known.get(name);
    if (distance === undefined) {
      distance = name === expected ? SAME : isSimilar(name, expected) ? SIMILAR : OTHER;
      known.set(name, distance);
    }
    return distance;
  };
}

/** What is left of a name without its separators and capitals. */
function bare(name: string): string {
  return name.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}
