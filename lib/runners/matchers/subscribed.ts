// Who is on a channel: toHaveSubscribers, toHaveMembers.
import { show } from "../../base/shown";
import type { Page } from "../../journal/entry";
import { Whereabouts, inWords } from "../../mock/whereabouts";
import { pageOf } from "./stretch";
import type { Subject } from "../../journal/subject";
import { checkCount, subjectFor } from "./subjects";
import type { Verdict } from "./verdict";

export function lookSubscribers(call: string, value: unknown, count: unknown): Verdict {
  const subject = subjectFor(value, call, "channel");
  checkCount(count, call);
  const channel = String(subject.channel);
  const look = () => new Whereabouts(pageOf(subject, { data: false }), channel);
  // Of thousands it is dear to read who they are: a number will do.
  const number = subject.app.subscribers?.(channel) ?? look().present.length;
  return {
    holds: number === count,
    text: (isNot) => {
      const there = look();
      const { present, clients } = there;
      const names = inWords(present.map((client) => clients.label(client)));
      const head = `expected ${show(channel)} ${isNot ? "not " : ""}to have ${counted(count)}`;
      if (isNot) return `${head}${names === "" ? "" : `, but it has: ${names}`}.`;
      const has = names === "" ? "it has none" : `it has ${present.length}: ${names}`;
      return `${head}; ${has}.${steps(there, present.length < count)}${present.length < count ? elsewhere(subject) : ""}`;
    },
  };
}

export function lookMembers(call: string, value: unknown, ids: unknown): Verdict {
  const subject = subjectFor(value, call, "channel");
  const channel = String(subject.channel);
  if (!channel.startsWith("presence-")) {
    throw new TypeError(
      `pushrig: ${call}() is asked of presence channels, whose names begin with "presence-", not of ${show(channel)}: ` +
        `for others, count their subscribers`,
    );
  }
  const wanted = checkIds(ids, call);
  const kinds = ["member-added", "member-removed"] as const;
  const there = membersOf(pageOf(subject, { channel, kinds, data: false }), channel);
  const missing = wanted.filter((id) => !there.includes(id));
  const more = there.filter((id) => !wanted.includes(id));
  return {
    holds: missing.length === 0 && more.length === 0,
    text: (isNot) => {
      if (isNot) return `expected ${show(channel)} not to have exactly ${people(wanted)}, but it has.`;
      const has = there.length === 0 ? "it has none" : `it has ${people(there)}`;
      const lack = missing.length === 0 ? "" : ` Missing: ${inWords(missing)}.`;
      const extra = more.length === 0 ? "" : ` Not expected: ${inWords(more)}.`;
      const rest = steps(new Whereabouts(pageOf(subject, { data: false }), channel), there.length === 0);
      return `expected ${show(channel)} to have ${people(wanted)}; ${has}.${lack}${extra}${rest}${lack === "" ? "" : elsewhere(subject)}`;
    },
  };
}

function checkIds(ids: unknown, call: string): string[] {
  const isId = (id: unknown) => (typeof id === "string" && id !== "") || Number.isFinite(id);
  if (Array.isArray(ids) && ids.every(isId)) return [...new Set(ids.map(String))];
  throw new TypeError(`pushrig: ${call}() takes a list of user ids such as ["ann", "bob"], not ${show(ids)}`);
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

/** What has happened on the channel, the latest last; with `isLess` also the channel that is meant. */
function steps(there: Whereabouts, isLess: boolean): string {
  const meant = isLess ? there.meant() : undefined;
  const told = there.timeline();
  const rest = told !== undefined ? `\n${told}` : isLess ? " Nobody has subscribed to it." : "";
  return `${meant === undefined ? "" : ` ${meant}`}${rest}`;
}

/** Who may be waited for in vain, as the last line. */
function elsewhere({ app, channel = "" }: Subject): string {
  const there = app.elsewhere?.(channel);
  return there === undefined ? "" : `\n${there}`;
}

function counted(count: number): string {
  return count === 1 ? "1 subscriber" : count === 0 ? "no subscribers" : `${count.toLocaleString("en")} subscribers`;
}

function people(ids: readonly string[]): string {
  if (ids.length === 0) return "no members";
  return ids.length === 1 ? `the member ${ids[0]}` : `the members ${inWords(ids)}`;
}
