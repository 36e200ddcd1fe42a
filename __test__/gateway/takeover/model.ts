/**
 * What may happen when a gateway changes hands, and what may not: a history of everything that processes and pages have seen is
 * checked by rules that know nothing of how a takeover works.
 */

/** Milliseconds since the epoch: all clocks are the machine's. */
type Time = number;

/** One thing that somebody has seen. */
export type Seen =
  /** The process with the gateway was told to end, or has ended. */
  | { kind: "ended"; at: Time; kill: string; pid: number }
  /** It was suspended, and goes on. */
  | { kind: "stopped" | "continued"; at: Time; kill: string; pid: number }
  /** Who has the gateway, by each name of this machine that answered. */
  | { kind: "owners"; at: Time; pids: number[] }
  | { kind: "asked"; at: Time; event: string }
  | { kind: "answered"; at: Time; event: string; status: number }
  | { kind: "failed"; at: Time; event: string; error: string }
  | { kind: "subscribed" | "lost"; at: Time; client: string; session: string }
  | { kind: "received"; at: Time; client: string; session: string; event: string }
  /** Who was on the channel, and who was to be there, when it was looked at for the last time after a kill. */
  | { kind: "members"; at: Time; kill: string; there: string[]; expected: string[] }
  | { kind: "connections"; at: Time; kill: string; count: number; expected: number }
  /** The processes that the owner counts, itself among them. */
  | { kind: "processes"; at: Time; kill: string; there: number[]; expected: number[] };

export interface Violation {
  text: string;
  /** Events, sessions and kills it is about. */
  about: string[];
}

/** Milliseconds in which things must be so again. */
export interface Limits {
  /** Until there is an owner. */
  owner: number;
  /** Until everybody is back. */
  members: number;
}

interface Session {
  client: string;
  id: string;
  subscribed: Time;
  lost: Time;
  received: Map<string, Time>;
}

export function check(history: readonly Seen[], limits: Limits): Violation[] {
  return [
    ...twoOwners(history),
    ...noOwner(history, limits.owner),
    ...wrongMembers(history, limits.members),
    ...receivedTwice(history),
    ...notReceived(history, limits),
    ...failedTriggers(history, limits),
  ];
}

function of<Kind extends Seen["kind"]>(history: readonly Seen[], ...kinds: Kind[]): Array<Seen & { kind: Kind }> {
  return history.filter((seen): seen is Seen & { kind: Kind } => (kinds as string[]).includes(seen.kind));
}

/** Never two, and none in the place of one that is only suspended. */
function twoOwners(history: readonly Seen[]): Violation[] {
  const found: Violation[] = [];
  for (const { at, pids } of of(history, "owners")) {
    if (new Set(pids).size > 1) found.push({ text: `${pids.join(" and ")} have the gateway`, about: [] });
    // Until it ends itself.
    const stop = of(history, "stopped", "ended").findLast((seen) => seen.at <= at);
    const others = stop?.kind === "stopped" ? pids.filter((pid) => pid !== stop.pid) : [];
    if (stop !== undefined && others.length > 0) {
      found.push({ text: `${others[0]} has the gateway of ${stop.pid}, which is only suspended`, about: [stop.kill] });
    }
  }
  return found;
}

/** After an end there is another owner in time. */
function noOwner(history: readonly Seen[], limit: number): Violation[] {
  return of(history, "ended").flatMap(({ at, pid, kill }) => {
    const next = of(history, "owners").find((seen) => seen.at >= at && seen.pids.some((owner) => owner !== pid));
    const text = `nobody has the gateway of ${pid} ${limit} ms after its end`;
    return next !== undefined && next.at - at <= limit ? [] : [{ text, about: [kill] }];
  });
}

/** In time after a kill, who is on the channel is who is connected, and all processes have met. */
function wrongMembers(history: readonly Seen[], limit: number): Violation[] {
  const since = new Map(of(history, "ended", "continued").map(({ kill, at }) => [kill, at]));
  const members = of(history, "members").flatMap(({ at, kill, there, expected }) => {
    const late = at - (since.get(kill) ?? at);
    const isRight = there.toSorted().join() === expected.toSorted().join();
    if (isRight && late <= limit) return [];
    const text = isRight
      ? `members are right only ${late} ms after`
      : `members are [${there}], not [${expected}], after`;
    return [{ text: `${text} ${kill}`, about: [kill] }];
  });
  const counts = of(history, "connections").flatMap(({ kill, count, expected }) =>
    count === expected ? [] : [{ text: `${count} connections, not ${expected}, after ${kill}`, about: [kill] }],
  );
  const processes = of(history, "processes").flatMap(({ kill, there, expected }) =>
    there.toSorted().join() === expected.toSorted().join()
      ? []
      : [{ text: `[${there}] use the gateway, not [${expected}], after ${kill}`, about: [kill] }],
  );
  return [...members, ...counts, ...processes];
}

/** No event reaches a client twice, not in two sessions either. */
function receivedTwice(history: readonly Seen[]): Violation[] {
  const first = new Map<string, string>();
  return of(history, "received").flatMap(({ client, event, session }) => {
    const key = `${client} ${event}`;
    const before = first.get(key);
    first.set(key, session);
    return before === undefined ? [] : [{ text: `${client} got ${event} twice`, about: [event, before, session] }];
  });
}

/**
 * What was answered reaches everybody who was subscribed then. What an owner had answered and not yet delivered when it ended is
 * lost with it: of a session that an end has cut, the last events may be missing, and none before one that came and was asked for later.
 */
function notReceived(history: readonly Seen[], limits: Limits): Violation[] {
  const ends = of(history, "ended", "stopped").map(({ at }) => at);
  const asked = new Map(of(history, "asked").map(({ event, at }) => [event, at]));
  const answered = of(history, "answered").filter(({ status }) => status === 200);
  return sessions(history).flatMap((session) => {
    const { client, id, subscribed, lost, received } = session;
    const isCut = lost < Infinity;
    if (isCut && !ends.some((end) => end <= lost && lost - end <= limits.members)) {
      return [{ text: `${client} lost its connection, and no process had ended`, about: [id] }];
    }
    // When somebody came to read what had come says nothing of its order.
    const latest = Math.max(subscribed, ...[...received].map(([event, at]) => asked.get(event) ?? at));
    return answered.flatMap(({ event, at }) => {
      const isMeant = (asked.get(event) ?? -Infinity) > subscribed && at < lost;
      if (!isMeant || received.has(event) || (isCut && at >= latest)) return [];
      return [{ text: `${client} did not get ${event}`, about: [event, id] }];
    });
  });
}

function sessions(history: readonly Seen[]): Session[] {
  const found = new Map<string, Session>();
  for (const { kind, at, client, session: id } of of(history, "subscribed", "lost")) {
    const known = found.get(id) ?? { client, id, subscribed: Infinity, lost: Infinity, received: new Map() };
    found.set(id, { ...known, ...(kind === "lost" ? { lost: at } : { subscribed: at }) });
  }
  for (const { session, event, at } of of(history, "received")) found.get(session)?.received.set(event, at);
  return [...found.values()];
}

/** A call fails only beside an end, when nobody can know what has become of it. */
function failedTriggers(history: readonly Seen[], { members: limit }: Limits): Violation[] {
  const ends = of(history, "ended", "stopped", "continued").map(({ at }) => at);
  const asked = new Map(of(history, "asked").map(({ event, at }) => [event, at]));
  const isNear = (from: Time, to: Time): boolean => ends.some((end) => end >= from - limit && end <= to);
  const failed = of(history, "failed").map(({ event, at, error }) => ({ event, at, text: `${event}: ${error}` }));
  const refused = of(history, "answered")
    .filter(({ status }) => status !== 200)
    .map(({ event, at, status }) => ({ event, at, text: `${event} was answered with ${status}` }));
  return [...failed, ...refused].flatMap(({ event, at, text }) =>
    isNear(asked.get(event) ?? at, at) ? [] : [{ text, about: [event] }],
  );
}

/** The fewest events, sessions and kills that still break the same rule: the rest of the history had no part in it. */
export function smallest(history: readonly Seen[], violation: Violation, limits: Limits): Seen[] {
  const isBroken = (part: readonly Seen[]): boolean => check(part, limits).some(({ text }) => text === violation.text);
  let left = [...history];
  const owners = left.filter(({ kind }) => kind !== "owners");
  if (isBroken(owners)) left = owners;
  let units = [...new Set(left.flatMap(unitsOf))];
  for (let size = Math.ceil(units.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < units.length;) {
      const without = new Set(units.slice(start, start + size));
      const part = left.filter((seen) => !unitsOf(seen).some((unit) => without.has(unit)));
      if (isBroken(part)) {
        left = part;
        units = units.filter((unit) => !without.has(unit));
      } else start += size;
    }
  }
  return left;
}

function unitsOf(seen: Seen): string[] {
  return [
    ...("event" in seen ? [seen.event] : []),
    ...("session" in seen ? [seen.session] : []),
    ...("kill" in seen ? [seen.kill] : []),
    ...(seen.kind === "owners" ? [`owners at ${seen.at}`] : []),
  ];
}

/** A history for reading, times from its start. */
export function printed(history: readonly Seen[]): string {
  const start = Math.min(...history.map(({ at }) => at));
  return history
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, kind, ...rest }) => `${String(at - start).padStart(7)} ms  ${kind.padEnd(11)}  ${JSON.stringify(rest)}`)
    .join("\n");
}
