// Who is on a channel: toHaveSubscribers, toHaveMembers.
import { show } from "../../base/shown";
import { nearest } from "../../base/nearest";
import type { Kind, Page } from "../../journal/entry";
import { timeline } from "../../journal/sentences";
import { Clients } from "../../journal/who";
import { pageOf } from "./stretch";
import { checkCount, subjectFor } from "./subjects";
import type { Verdict } from "./verdict";

/** Steps of a failure that are told one by one, the latest ones. */
const MOST = 10;

const STEPS: readonly Kind[] = ["subscribing", "subscribed", "refused", "left"];
const MEMBERS: readonly Kind[] = ["subscribing", "refused", "member-added", "member-removed"];

export function subscribers(call: string, value: unknown, count: unknown): Verdict {
  const subject = subjectFor(value, call, "channel");
  checkCount(count, call);
  const channel = String(subject.channel);
  const page = pageOf(subject, { data: false });
  const there = onChannels(page).get(channel) ?? [];
  return {
    holds: there.length === count,
    text: (isNot) => {
      const clients = new Clients(page);
      const names = there.map((connection) => clients.labelOf(connection));
      const head = `expected ${show(channel)} ${isNot ? "not " : ""}to have ${counted(count)}`;
      if (isNot) return `${head}${names.length === 0 ? "" : `, but it has: ${names.join(", ")}`}.`;
      const has = names.length === 0 ? "it has none" : `it has ${names.length}: ${names.join(", ")}`;
      return `${head}; ${has}.${names.length < count ? near(page, channel) : ""}${steps(page, channel, STEPS, clients)}`;
    },
  };
}

export function members(call: string, value: unknown, ids: unknown): Verdict {
  const subject = subjectFor(value, call, "channel");
  const channel = String(subject.channel);
  if (!channel.startsWith("presence-")) {
    throw new TypeError(
      `pushrig: ${call}() is asked of presence channels, whose names begin with "presence-", not of ${show(channel)}: ` +
        `for others, count their subscribers`,
    );
  }
  const wanted = checkIds(ids, call);
  const page = pageOf(subject, { data: false });
  const there = membersOf(page, channel);
  const missing = wanted.filter((id) => !there.includes(id));
  const more = there.filter((id) => !wanted.includes(id));
  return {
    holds: missing.length === 0 && more.length === 0,
    text: (isNot) => {
      if (isNot) return `expected ${show(channel)} not to have exactly ${people(wanted)}, but it has.`;
      const has = there.length === 0 ? "it has none" : `it has ${people(there)}`;
      const lack = missing.length === 0 ? "" : ` Missing: ${missing.join(", ")}.`;
      const extra = more.length === 0 ? "" : ` Not expected: ${more.join(", ")}.`;
      const hint = there.length === 0 ? near(page, channel) : "";
      return `expected ${show(channel)} to have ${people(wanted)}; ${has}.${lack}${extra}${hint}${steps(page, channel, MEMBERS, new Clients(page))}`;
    },
  };
}

function checkIds(ids: unknown, call: string): string[] {
  const isId = (id: unknown) => (typeof id === "string" && id !== "") || Number.isFinite(id);
  if (Array.isArray(ids) && ids.every(isId)) return [...new Set(ids.map(String))];
  throw new TypeError(`pushrig: ${call}() takes a list of user ids such as ["ann", "bob"], not ${show(ids)}`);
}

/** The connections on each channel with any, at the end of the page. */
function onChannels(page: Page): Map<string, string[]> {
  const channels = new Map<string, string[]>();
  const enter = (channel: string, connection: string) => {
    const there = channels.get(channel);
    if (there === undefined) channels.set(channel, [connection]);
    else if (!there.includes(connection)) there.push(connection);
  };
  const leave = (channel: string, connection: string) => {
    const rest = channels.get(channel)?.filter((other) => other !== connection) ?? [];
    if (rest.length === 0) channels.delete(channel);
    else channels.set(channel, rest);
  };
  for (const { connection, channels: on } of page.base) {
    if (connection !== undefined) for (const channel of on) enter(channel, connection);
  }
  for (const { kind, channel, connection } of page.entries) {
    if (connection === undefined) continue;
    if (kind === "subscribed" && channel !== undefined) enter(channel, connection);
    else if (kind === "left" && channel !== undefined) leave(channel, connection);
    else if (kind === "closed") for (const each of channels.keys()) leave(each, connection);
  }
  return channels;
}

function membersOf(page: Page, channel: string): string[] {
  const there = new Set<string>();
  for (const { user, channels } of page.base) if (user !== undefined && channels.includes(channel)) there.add(user);
  for (const { kind, channel: on, user } of page.entries) {
    if (on !== channel || user === undefined) continue;
    if (kind === "member-added") there.add(user);
    else if (kind === "member-removed") there.delete(user);
  }
  return [...there];
}

/** A channel with subscribers that is called nearly the same. */
function near(page: Page, channel: string): string {
  const name = nearest(channel, onChannels(page).keys());
  return name === undefined ? "" : ` Did you mean ${show(name)}, which has subscribers?`;
}

/** What has happened on the channel, the latest last. */
function steps(page: Page, channel: string, kinds: readonly Kind[], clients: Clients): string {
  const all = page.entries.filter((entry) => kinds.includes(entry.kind) && entry.channel === channel);
  if (all.length === 0) return " Nobody has subscribed to it.";
  return `\n${timeline(all.slice(-MOST), clients)}`;
}

function counted(count: number): string {
  return count === 1 ? "1 subscriber" : count === 0 ? "no subscribers" : `${count.toLocaleString("en")} subscribers`;
}

function people(ids: readonly string[]): string {
  if (ids.length === 0) return "no members";
  return ids.length === 1 ? `the member ${ids[0]}` : `the members ${ids.join(", ")}`;
}
