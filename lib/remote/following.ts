/** The journal of a gateway's app, followed as it is written. */

import type { Entry } from "../journal/entry.js";
import type { Exchange } from "./exchange.js";
import { isAborted, RemoteError } from "./remote-error.js";
import { type ServerSent, serverSent } from "./server-sent.js";
import type { Followed, Following } from "./shapes.js";

const { clearTimeout, setTimeout } = globalThis;

/** Milliseconds that it goes on to look for a gateway that is gone. */
const PATIENCE = 10_000;
/** Milliseconds between two attempts. */
const PAUSE = 200;

/**
 * Everything from `after` on, or from now on, until it is left or called off. It resumes where a connection was cut, and where a gateway
 * was started anew. Throws if there is none in the beginning, or none any more.
 */
export async function* follow(
  exchange: Exchange,
  following: Following = {},
): AsyncGenerator<Followed, void, undefined> {
  const { signal, patience = PATIENCE, channel, kinds, beginning } = following;
  let { after } = following;
  /** Since when it is gone; undefined while it is there. */
  let goneSince: number | undefined;
  let isFirst = true;
  const isCalledOff = (): boolean => signal?.aborted === true;
  while (!isCalledOff()) {
    const left = new AbortController();
    const stop = (): void => left.abort();
    signal?.addEventListener("abort", stop);
    try {
      const address = exchange.address("events", { after, channel, kinds, beginning });
      const response = await exchange.open(address, { signal: left.signal });
      if (response.status !== 200 || response.body === null) throw await exchange.failure(response);
      isFirst = false;
      goneSince = undefined;
      for await (const sent of serverSent(response.body)) {
        const followed = read(sent);
        if (followed === undefined) continue;
        after = placeOf(followed);
        yield followed;
      }
    } catch (error) {
      if (isCalledOff() && isAborted(error)) return;
      const isGone = !(error instanceof RemoteError) || error.code === "no-gateway";
      if (isFirst || !isGone) throw error;
      goneSince ??= Date.now();
      if (Date.now() - goneSince >= patience) throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
      // Where the loop was left in the middle.
      left.abort();
    }
    await pause(PAUSE, signal);
  }
}

function read({ type, data }: ServerSent): Followed | undefined {
  const value = JSON.parse(data) as never;
  switch (type) {
    case "entry":
      return { type, entry: value as Entry };
    case "reset":
      return { type, ...(value as { start: number }) };
    case "gap":
      return { type, ...(value as { from: number; to: number }) };
    default:
      // Of a later version.
      return undefined;
  }
}

/** Where to go on behind it. */
function placeOf(followed: Followed): number {
  switch (followed.type) {
    case "entry":
      return followed.entry.seq;
    case "reset":
      return followed.start;
    case "gap":
      return followed.to;
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    signal?.addEventListener("abort", over);
    if (signal?.aborted === true) over();
  });
}
