/** The contract that recorded events keep to, as source of TypeScript. */

import { USER_CHANNEL } from "../base/user-channel.js";
import type { Sample } from "./recording.js";
import { type Declare, LONGEST_NAME, Shape, declared, key } from "./shape.js";

/** What the names of channels of a kind begin with. */
const KIND = /^(#server-to-user-|private-encrypted-|presence-|private-)?(cache-)?/;
const ENCRYPTED = "private-encrypted-";
const ANY = "${string}";

const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gi;
/** What separates the parts of a name. */
const SEPARATOR = /([-_.,;=@])/;

/** What was recorded of one event. */
interface Seen {
  shape: Shape;
  /** Events of which all of the data was recorded. */
  whole: number;
  count: number;
}

interface Place {
  members: Shape | undefined;
  events: Map<string, Seen>;
}

export interface Declaration {
  source: string;
  /** What is not in it, and why. */
  notes: string[];
}

/** Writes the contract. `undefined` when there is nothing that it could be of. */
export function declaration(samples: readonly Sample[], name: string): Declaration | undefined {
  const notes = new Set<string>();
  const usable = samples.filter((sample) => isUsable(sample, notes));
  const places = gathered(usable);
  if (places.size === 0) return undefined;
  const declarations = new Map<string, readonly string[]>();
  const taken = new Set(["Contract", "Record", name]);
  const declare: Declare = (path, parts) => {
    const wanted = nameOf(path);
    const isAnother = (own: string): boolean =>
      taken.has(own) || (declarations.get(own) ?? parts).join() !== parts.join();
    let own = wanted;
    for (let at = 2; isAnother(own); at += 1) own = `${wanted}${at}`;
    declarations.set(own, parts);
    return own;
  };
  const channels = [...places].sort(byName).map(([channel, { members, events }]) => {
    const indent = "    ";
    const lines = [...events].sort(byName).map(([event, seen]) => {
      note(channel, event, seen, notes);
      return seen.shape.field(event, false, { indent, path: [channel, event], declare });
    });
    if (members !== undefined) {
      lines.unshift(members.field("members", false, { indent, path: [channel, "member"], declare }));
    }
    return `  ${key(channel)}: {\n${lines.join("\n")}\n  };`;
  });
  const count = usable.filter(({ event }) => event !== undefined).length;
  const source = [
    'import type { Contract } from "pushrig/types";',
    ...[...declarations].map(([name, parts]) => declared(name, parts)),
    `/** What goes over which channel. Written from ${count} recorded event${count === 1 ? "" : "s"}. */\n` +
      `export type ${name} = Contract<{\n${channels.join("\n")}\n}>;`,
  ];
  return { source: `${source.join("\n\n")}\n`, notes: [...notes] };
}

function isUsable({ channel, event }: Sample, notes: Set<string>): boolean {
  if (event === undefined) return true;
  if (/^pusher(_internal)?:/.test(event)) return false;
  if (event.startsWith("client-") && (!/^(private|presence)-/.test(channel) || channel.startsWith(ENCRYPTED))) {
    notes.add(`"${event}" on "${channel}" is left out: no client may send it there`);
    return false;
  }
  if (event === "members" && channel.startsWith("presence-")) {
    notes.add(`the event "members" on "${channel}" is left out: on presence channels a contract calls the members so`);
    return false;
  }
  return true;
}

/** Says what of an event's data is not known. */
function note(channel: string, event: string, { whole, count }: Seen, notes: Set<string>): void {
  if (channel.startsWith(ENCRYPTED)) notes.add(`the data on "${channel}" is encrypted, and so is unknown`);
  else if (whole < count) {
    const rest = whole === 0 ? "so it is unknown" : `so it is that of the other ${whole}`;
    notes.add(
      `"${event}" on "${channel}" was recorded without all of its data, ${count - whole} of ${count} times: ${rest}`,
    );
  }
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Puts together what goes over channels of one name. */
function gathered(samples: readonly Sample[]): Map<string, Place> {
  const names = patterns(samples);
  const places = new Map<string, Place>();
  for (const { channel, event, value } of samples) {
    const name = names.get(channel) ?? channel;
    const place = places.get(name) ?? { members: undefined, events: new Map<string, Seen>() };
    places.set(name, place);
    if (event === undefined) {
      if (value !== undefined) (place.members ??= new Shape()).add(value.of);
      continue;
    }
    const seen = place.events.get(event) ?? { shape: new Shape(), whole: 0, count: 0 };
    place.events.set(event, seen);
    seen.count += 1;
    // What was recorded of an encrypted channel is the cipher.
    if (value === undefined || channel.startsWith(ENCRYPTED)) continue;
    seen.whole += 1;
    seen.shape.add(value.of);
  }
  return places;
}

/**
 * The name in the contract of each channel. Ids in a name are any text; so is what follows the first part of several names that have
 * the same events, such as `workspace-acme` and `workspace-globex`.
 */
function patterns(samples: readonly Sample[]): Map<string, string> {
  const events = new Map<string, Set<string>>();
  for (const { channel, event = "" } of samples) {
    const pattern = withoutIds(channel);
    events.set(pattern, (events.get(pattern) ?? new Set()).add(event));
  }
  const families = new Map<string, string[]>();
  for (const pattern of events.keys()) {
    const family = familyOf(pattern);
    if (family !== undefined) families.set(family, [...(families.get(family) ?? []), pattern]);
  }
  const merged = new Map<string, string>();
  for (const [family, members] of families) {
    const [most = "", ...others] = members.sort((a, b) => (events.get(b)?.size ?? 0) - (events.get(a)?.size ?? 0));
    const alike = others.filter((other) =>
      [...(events.get(other) ?? [])].every((event) => events.get(most)?.has(event)),
    );
    // One that says more parts of its name is a name of its own, such as `task-1-comments`.
    if (alike.length > 0) for (const pattern of [most, ...alike]) merged.set(pattern, family);
  }
  return new Map(
    samples.map(({ channel }) => [channel, merged.get(withoutIds(channel)) ?? withoutIds(channel)] as const),
  );
}

/** A name with `${string}` in the place of each id. */
function withoutIds(channel: string): string {
  const [kind] = KIND.exec(channel) as RegExpExecArray;
  if (kind.startsWith(USER_CHANNEL)) return `${USER_CHANNEL}${ANY}`;
  const parts = channel.slice(kind.length).replaceAll(UUID, ANY).split(SEPARATOR);
  return `${kind}${parts.map((part) => (isId(part) ? ANY : part)).join("")}`;
}

/** Whether a part of a name is an id: a number, or letters and digits as nobody would name a thing. */
function isId(part: string): boolean {
  return /^\d+$/.test(part) || (/\d/.test(part) && part.length >= 8 && /^[\da-z]+$/i.test(part));
}

/** What names like this one are called together; undefined where a name has no first part, or ids further behind. */
function familyOf(pattern: string): string | undefined {
  const [kind] = KIND.exec(pattern) as RegExpExecArray;
  const [first = "", separator, ...rest] = pattern.slice(kind.length).split(SEPARATOR);
  if (separator === undefined || first === ANY) return undefined;
  const after = rest.join("");
  return after === ANY || !after.includes(ANY) ? `${kind}${first}${separator}${ANY}` : undefined;
}

/** What the type of what stands there is called: the end of the path, in whole words. */
function nameOf(path: readonly string[]): string {
  const words = path.flatMap((part) => part.replaceAll(ANY, " ").match(/[a-z\d]+/gi) ?? []);
  let name = "";
  for (const word of words.reverse()) {
    const own = `${word[0]?.toUpperCase()}${word.slice(1)}`;
    if (name !== "" && own.length + name.length > LONGEST_NAME) break;
    name = own.slice(0, LONGEST_NAME) + name;
  }
  return /^[A-Z]/.test(name) ? name : `Data${name.slice(0, LONGEST_NAME - 4)}`;
}
