/** What has come to the clients of this page, and whether callbacks were there for it. */

import type Pusher from "pusher-js";
import { matches } from "../journal/match.js";
import { nearlyThe } from "../journal/unheard.js";

/** A frame of pusher-js's connection, its data decoded. */
export interface Frame {
  event: string;
  channel?: string;
  data?: unknown;
}

interface Arrival extends Frame {
  isBound: boolean;
  /** Where nothing was bound to it: a name one letter away, which was. */
  near?: string;
}

/** pusher-js's own dispatcher, as far as it says what is bound. */
interface Dispatcher {
  /** Names have an underscore before them there. */
  callbacks: { get(event: string): unknown[] | undefined; _callbacks?: Record<string, unknown[]> };
  global_callbacks: unknown[];
}

/** Frames of a client that are remembered: the latest. */
const MOST = 1_000;

const all = new WeakMap<object, Arrival[]>();

/** Notes what comes from now on, before callbacks have it: they may unbind themselves. */
export function noteArrivals(client: Pusher): void {
  const noted: Arrival[] = [];
  all.set(client, noted);
  const connection = client.connection as unknown as { emit(name: string, frame: Frame): unknown };
  const { emit } = connection;
  connection.emit = function (name, frame) {
    if (name === "message" && frame.channel !== undefined) {
      const isHeard = isBound(client, frame);
      noted.push({ ...frame, isBound: isHeard, ...(!isHeard && { near: nearBound(client, frame) }) });
      if (noted.length > MOST) noted.shift();
    }
    return emit.apply(this, [name, frame]);
  };
}

/** What came to a client and was heard by nobody, though a name one letter away was bound. */
export function misspelt(client: object): Arrival[] {
  return (all.get(client) ?? []).filter(({ near }) => near !== undefined);
}

export function forgetArrivals(client: Pusher): void {
  all.get(client)?.splice(0);
}

/** Events that have come to a client. On an encrypted channel only its callbacks know the data. */
export function arrivals(client: object, channel: string, event: string, data: unknown): Arrival[] {
  const isReadable = data !== undefined && !channel.startsWith("private-encrypted-");
  return (all.get(client) ?? []).filter(
    (frame) => frame.channel === channel && frame.event === event && (!isReadable || matches(data, frame.data)),
  );
}

function isBound(client: Pusher, { channel = "", event }: Frame): boolean {
  const { global_emitter: everywhere } = client as unknown as { global_emitter: Dispatcher };
  const there = client.channel(channel) as unknown as Dispatcher | undefined;
  return [there, everywhere].some(
    (one) => one !== undefined && ((one.callbacks.get(event)?.length ?? 0) > 0 || one.global_callbacks.length > 0),
  );
}

function nearBound(client: Pusher, { channel = "", event }: Frame): string | undefined {
  const there = client.channel(channel) as unknown as Dispatcher | undefined;
  const names = Object.keys(there?.callbacks._callbacks ?? {}).map((name) => name.slice(1));
  return nearlyThe(event, names);
}
