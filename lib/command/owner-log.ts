/** What happens at the gateway of another process, for a command that is attached to it: as that gateway would tell it to its own log. */

import type { Meeting } from "../gateway/attaching.js";
import { pause } from "../gateway/pause.js";
import type { Entry } from "../journal/entry.js";
import type { Activity } from "../options/listen.js";
import { Remote } from "../remote/remote.js";
import type { StateNow } from "../remote/shapes.js";
import { happeningOf } from "./journal-log.js";
import { MOST_DATA } from "./lines.js";

/** Milliseconds until it is looked anew who has the gateway. */
const PAUSE = 200;

/** Who is told. */
export interface ActivityListener {
  note(activity: Activity): void;
  /** Who is connected there, by socket id. */
  there(socketIds: readonly string[]): void;
}

/** Until this process has the gateway itself, or `signal` says that nobody wants it any more. */
export async function tellOfOwners(meeting: Meeting, told: ActivityListener, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && meeting.role === "attached") {
    try {
      await meeting.ready();
      if (meeting.role === "attached") await tellOfOwner(meeting, told, signal);
    } catch {
      // It has ended, or does not answer: the meeting says so.
    }
    await pause(PAUSE);
  }
}

async function tellOfOwner({ url, token, apps }: Meeting, told: ActivityListener, signal: AbortSignal): Promise<void> {
  const left = new AbortController();
  const stop = (): void => left.abort();
  signal.addEventListener("abort", stop);
  try {
    const remotes = apps.map(({ id }) => new Remote(url, { token: token || undefined, app: id }));
    const states = await Promise.all(remotes.map((remote) => remote.state()));
    const sockets = new Set(states.flatMap(socketsOf));
    told.there([...sockets]);
    await Promise.all(remotes.map((remote, at) => follow(remote, states[at], { sockets, told, signal: left.signal })));
  } finally {
    signal.removeEventListener("abort", stop);
    // What one app ends is over for the others.
    left.abort();
  }
}

function socketsOf({ connections }: StateNow): string[] {
  return connections.flatMap(({ door, connection }) =>
    door === "socket" && connection !== undefined ? connection : [],
  );
}

interface Following {
  /** Those who are connected by a socket: of clients in the owner's process its own log says nothing either. */
  sockets: Set<string>;
  told: ActivityListener;
  signal: AbortSignal;
}

async function follow(remote: Remote, { seq, app }: StateNow, { sockets, told, signal }: Following): Promise<void> {
  for await (const followed of remote.events({ after: seq, beginning: MOST_DATA, patience: 0, signal })) {
    if (followed.type !== "entry") continue;
    const { entry } = followed;
    const socketId = entry.socketId ?? entry.connection;
    const isKnown = socketId !== undefined && sockets.has(socketId);
    if (entry.kind === "connected" && entry.door === "socket") sockets.add(socketId ?? "");
    if (entry.kind === "closed") sockets.delete(socketId ?? "");
    const happening = isOfClient(entry) && !isKnown ? undefined : happeningOf(entry);
    if (happening === undefined) continue;
    told.note({ v: 1, time: Date.now(), ...happening, socketId, seq: entry.seq, appId: app.id });
  }
}

function isOfClient({ kind }: Entry): boolean {
  return ["closed", "subscribed", "left", "refused"].includes(kind);
}
