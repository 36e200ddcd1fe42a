/** A contract of Standard Schemas (https://standardschema.dev), and what of an app's events breaks it. */

import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import type { Entry } from "./entry.js";

/** What zod, valibot, arktype and others make. */
interface StandardSchema {
  readonly "~standard": {
    readonly validate: (value: unknown) => Result | Promise<Result>;
  };
}

interface Result {
  readonly issues?: ReadonlyArray<Issue> | undefined;
}

interface Issue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** A name of channels in the contract. */
interface Place {
  /** As the contract has it. */
  name: string;
  /** With `*` for any text. */
  pattern: string;
  fits: RegExp;
  events: Record<string, StandardSchema>;
}

const EXAMPLE = 'export default { "task-*": { "new-message": z.object({ id: z.string() }) } }';
/** On presence channels, what members are. */
const MEMBERS = "members";
/** Issues of one event that are told. */
const MOST = 3;

export class SchemaContract {
  readonly #file: string;
  readonly #places: Place[];

  /**
   * @param file as the configuration names it
   * @param module what it exports
   * @throws TypeError for what is no contract
   */
  constructor(file: string, module: unknown) {
    this.#file = file;
    this.#places = placesOf(module, `the contract (${file})`);
  }

  /** What breaks the contract in an event; undefined if nothing does, and for entries that are about no event. */
  async breach(entry: Entry): Promise<string | undefined> {
    const { kind, channel, event, at } = entry;
    const isMember = kind === "member-added";
    if (channel === undefined || (kind !== "triggered" && kind !== "client-event" && !isMember)) return undefined;
    if (isMember && entry.data === undefined) return undefined;
    const problem = await this.#problem(channel, isMember ? MEMBERS : (event ?? ""), entry.data, isMember);
    if (problem === undefined || at === undefined) return problem;
    return `${problem} — ${kind === "triggered" ? "triggered" : isMember ? "joined" : "sent"} at ${at}`;
  }

  async #problem(
    channel: string,
    event: string,
    data: string | undefined,
    isMember: boolean,
  ): Promise<string | undefined> {
    const places = this.#at(channel);
    const [place] = places;
    if (place === undefined) return isMember ? undefined : this.#unknownChannel(channel, event);
    const schemas = places.flatMap(({ events }) => (Object.hasOwn(events, event) ? [events[event]] : []));
    if (isMember && schemas.length === 0) return undefined;
    if (schemas.length === 0 || (event === MEMBERS && isPresence(channel) && !isMember))
      return unknownEvent(place, event);
    // What goes over encrypted channels is the cipher.
    if (channel.startsWith("private-encrypted-")) return undefined;
    const value = decoded(data);
    let issues: ReadonlyArray<Issue> = [];
    for (const schema of schemas) {
      const result = await schema?.["~standard"].validate(value);
      issues = result?.issues ?? [];
      if (issues.length === 0) return undefined;
    }
    const what = isMember ? `a member of ${show(channel)}` : `${show(event)} on ${show(channel)}`;
    const told = issues.slice(0, MOST).map((issue) => described(issue, value, isMember ? "user_info" : "data"));
    if (issues.length > MOST) told.push(`and ${issues.length - MOST} more`);
    return `${what} breaks the contract (${this.#file}): ${told.join("; ")}`;
  }

  /** The narrowest of the names that fit; several when none is within the others. */
  #at(channel: string): Place[] {
    const fitting = this.#places.filter(({ fits }) => fits.test(channel));
    return fitting.filter((place) => !fitting.some((other) => other !== place && isWithin(other, place)));
  }

  #unknownChannel(channel: string, event: string): string {
    const meant = this.#places.find(({ pattern }) => isNearly(channel, pattern))?.name;
    const names = this.#places.map(({ name }) => name).join(", ");
    const question = meant === undefined ? "; its" : `; did you mean ${show(meant)}? Its`;
    return `${show(event)} went to ${show(channel)}, which is no channel of the contract (${this.#file})${question} channels are ${names}`;
  }
}

function unknownEvent({ name, events }: Place, event: string): string {
  const own = Object.keys(events).filter((other) => other !== MEMBERS || !isPresence(name));
  const meant = nearest(event, own);
  const question = meant === undefined ? "; its" : `; did you mean ${show(meant)}? Its`;
  return `${show(event)} is no event of ${show(name)}${question} events are ${own.join(", ") || "none"}`;
}

/** Whether all that one name stands for the other stands for too, and more. */
function isWithin(narrow: Place, wide: Place): boolean {
  return narrow.pattern !== wide.pattern && wide.fits.test(narrow.pattern);
}

/** Whether one edit turns the channel into one that the name stands for. */
function isNearly(channel: string, pattern: string): boolean {
  const star = pattern.indexOf("*");
  if (star === -1) return nearest(channel, [pattern]) !== undefined;
  const beginning = pattern.slice(0, star);
  if (star !== pattern.length - 1 || beginning === "") return false;
  return [-1, 0, 1].some((more) => nearest(channel.slice(0, star + more), [beginning]) !== undefined);
}

function isPresence(channel: string): boolean {
  return channel.startsWith("presence-");
}

/** As a subscriber gets it. */
function decoded(data: string | undefined): unknown {
  if (data === undefined) return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

/** `data.id is 1: expected a string` */
function described({ message, path = [] }: Issue, data: unknown, root: string): string {
  let value = data;
  let where = root;
  for (const step of path) {
    const key = typeof step === "object" ? step.key : step;
    value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
    where +=
      typeof key === "number"
        ? `[${key}]`
        : /^[$_a-z][\w$]*$/i.test(String(key))
          ? `.${String(key)}`
          : `[${show(String(key))}]`;
  }
  return `${where} ${value === undefined ? "is missing" : `is ${show(value)}`}: ${message}`;
}

/** Reads what a module exports. */
function placesOf(module: unknown, what: string): Place[] {
  const exported = (module as { default?: unknown } | null | undefined)?.default ?? module;
  if (!isPlain(exported)) throw new TypeError(`pushrig: ${what} has no default export that is an object: ${EXAMPLE}`);
  const named = Object.entries(exported);
  if (named.length === 0) throw new TypeError(`pushrig: ${what} names no channel: ${EXAMPLE}`);
  const places = named.map(([name, events]): Place => {
    if (!isPlain(events)) {
      throw new TypeError(`pushrig: ${show(name)} in ${what} is ${show(events)}, and no object of events: ${EXAMPLE}`);
    }
    const pattern = name.replaceAll("${string}", "*");
    checkChannel(name, pattern, what);
    for (const [event, schema] of Object.entries(events))
      checkEvent(event, schema, pattern, `of ${show(name)} in ${what}`);
    const literal = pattern.split("*").map((part) => part.replace(/[$.|+]/g, "\\$&"));
    return {
      name,
      pattern,
      fits: new RegExp(`^${literal.join(".*")}$`),
      events: events as Record<string, StandardSchema>,
    };
  });
  for (const [index, { name, pattern }] of places.entries()) {
    const twice = places.slice(0, index).find((other) => other.pattern === pattern);
    if (twice !== undefined)
      throw new TypeError(`pushrig: ${show(twice.name)} and ${show(name)} in ${what} are the same name`);
  }
  return places;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("~standard" in value);
}

function checkChannel(name: string, pattern: string, what: string): void {
  if (/^(#server-to-user-)?[\w\-=@,.;*]+$/.test(pattern)) return;
  throw new TypeError(
    `pushrig: ${show(name)} in ${what} is no name of a channel: it has letters, digits and _-=@,.; in it, and * for any text`,
  );
}

function checkEvent(event: string, schema: unknown, pattern: string, where: string): void {
  if (/^pusher(_internal)?:/.test(event)) {
    throw new TypeError(`pushrig: ${show(event)} ${where} is the service's own: leave it out`);
  }
  const canTalk = /^(private-(?!encrypted-)|presence-)/.test(pattern);
  if (event.startsWith("client-") && !canTalk) {
    throw new TypeError(
      `pushrig: ${show(event)} ${where} comes from no client: client events need a channel that begins with private- or presence-, and is not encrypted`,
    );
  }
  const standard = (schema as Partial<StandardSchema> | null | undefined)?.["~standard"];
  if (typeof standard?.validate === "function") return;
  throw new TypeError(
    `pushrig: ${show(event)} ${where} is no Standard Schema, such as zod (3.24 and newer), valibot and arktype make, but ${show(schema)}`,
  );
}
