/** What has come to the clients of this page, and whether callbacks were there for it. */

import type Pusher from "pusher-js";
import { matches } from "../journal/match.js";

/** A frame of pusher-js's connection, its data decoded. */
export interface Frame {
  event: string;
  channel?: string;
  data?: unknown;
}

interface Arrival extends Frame {
  isBound: boolean;
}

/** pusher-js's own dispatcher, as far as it says what is bound. */
interface Dispatcher {
  callbacks: { get(event: string): unknown[] | undefined };
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
      noted.push({ ...frame, isBound: isBound(client, frame) });
      if (noted.length > MOST) noted.shift();
    }
    return emit.apply(this, [name, frame]);
  };
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
