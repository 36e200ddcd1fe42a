/** The journal of a gateway's app, followed as it is written. */

import { realNow, realTimers } from "../base/fakes.js";
import type { Entry, Page } from "../journal/entry.js";
import type { Exchange } from "./exchange.js";
import { isAborted, isAway, RemoteError } from "./remote-error.js";
import { type ServerSent, serverSent } from "./server-sent.js";
import type { Followed, Following } from "./shapes.js";

const { clearTimeout, setTimeout } = realTimers;

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
  const { until } = exchange.options;
  let { after } = following;
  /** The journal that is followed. */
  let known: Page | undefined;
  /** Since when it is gone; undefined while it is there. */
  let goneSince: number | undefined;
  const isCalledOff = (): boolean => signal?.aborted === true;
  while (!isCalledOff()) {
    const left = new AbortController();
    const stop = (): void => left.abort();
    signal?.addEventListener("abort", stop);
    until?.addEventListener("abort", stop);
    try {
      // Its entries are numbered from 1 in every process: the numbers alone do not tell whose journal it is.
      const page = (await exchange.get("journal", { kinds: [], data: false }, left.signal)) as Page;
      const isSame = known === undefined || isOneJournal(known, page);
      if (goneSince !== undefined) yield { type: "back", isSame };
      goneSince = undefined;
      if (!isSame) {
        after = page.start;
        yield { type: "reset", start: page.start };
      }
      known = page;
      after ??= page.last;
      const address = exchange.address("events", { after, channel, kinds, beginning });
      const response = await exchange.open(address, { signal: left.signal });
      if (response.status !== 200 || response.body === null) throw await exchange.failure(response);
      for await (const sent of serverSent(response.body)) {
        if (sent.id !== undefined) after = Number(sent.id);
        const followed = read(sent);
        if (followed !== undefined) yield followed;
      }
    } catch (error) {
      if (isCalledOff() && isAborted(error)) return;
      const isOver = known === undefined || error instanceof SyntaxError;
      if (isOver || (error instanceof RemoteError && !isAway(error))) throw error;
      // A stream that was cut is no loss while the gateway answers, unless that is not to be looked for at all.
      if (patience === 0) throw error;
      if (error instanceof RemoteError) {
        if (goneSince === undefined) yield { type: "away", text: error.message };
        goneSince ??= realNow();
        if (realNow() - goneSince >= patience) throw error;
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      until?.removeEventListener("abort", stop);
      // Where the loop was left in the middle.
      left.abort();
    }
    await pause(PAUSE, signal);
  }
}

/** Whether two pages are of the journal of one app in one process. */
function isOneJournal(one: Page, other: Page): boolean {
  return one.date === other.date && one.born === other.born;
}

function read({ type, data }: ServerSent): Followed | undefined {
  if (data === "") return undefined;
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
