/** An app as traces of tests look at it: what happened in it, and what of it may stand nowhere. */

import type { AppHandle } from "../../binding.js";
import { liveSeats, threadState } from "../delivery/thread.js";
import type { EndedApp, TracedApp } from "../events/test-runner.js";
import type { Page } from "../journal/entry.js";
import { native } from "../native/addon.js";
import type { AppCredentials } from "../options/app.js";
import { readPage } from "./columns.js";

/** The rig of the app. */
export interface Traceable {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  readonly appId: number;
  readonly app: AppCredentials;
  readonly owner: object | undefined;
  readonly anyCredentials: boolean;
  readonly isClosed: boolean;
  readonly encryptionMasterKey: Uint8Array | undefined;
  /** Of servers of the default app. */
  readonly secrets: ReadonlySet<string>;
  readonly strictness: object | undefined;
  readonly journal: { readonly seq: number; read(): Page; watch(onNew: () => void): () => void };
  lookIfOpen(): boolean;
  others(): Traceable[];
}

/** Configured secrets: of all apps and their servers, of the environment, and the tokens of gateways. A failure may tell of any. */
export function secretsOf(rig: Traceable): string[] {
  const { PUSHER_SECRET, PUSHRIG_TOKEN } = process.env;
  const all = [PUSHER_SECRET, PUSHRIG_TOKEN, ...[rig, ...rig.others()].flatMap(ownSecrets)];
  return [...new Set(all.filter((secret) => secret !== undefined && secret !== ""))] as string[];
}

function ownSecrets(rig: Traceable): Array<string | undefined> {
  const key = rig.isClosed ? undefined : rig.encryptionMasterKey;
  const gateways = (threadState().gateways.get(rig.appId) ?? []) as ReadonlyArray<{ token?: string }>;
  return [
    rig.app.secret,
    ...rig.secrets,
    key && Buffer.from(key).toString("base64"),
    ...gateways.map(({ token }) => token),
  ];
}

/**
 * @param rig of whatever copy. The app ends with it: that of a test is held until somebody has written the test's trace, any other only
 *   weakly
 */
export function tracedOf(rig: Traceable): TracedApp {
  const { appId, owner, anyCredentials } = rig;
  const reference = owner === undefined ? new WeakRef(rig) : { deref: () => rig };
  const alive = (): Traceable | undefined => {
    const one = reference.deref();
    return one?.lookIfOpen() ? one : undefined;
  };
  return {
    number: appId,
    id: rig.app.id,
    version: native.version(),
    isDefault: anyCredentials && owner === undefined,
    owner,
    isStrict: () => alive()?.strictness !== undefined,
    secrets: () => {
      const one = reference.deref();
      return one === undefined ? [] : secretsOf(one);
    },
    read: (): Page | undefined => alive()?.journal.read(),
    watch: (onNew) => alive()?.journal.watch(onNew) ?? (() => {}),
  };
}

/** What was known of an app when it was about to end. Most tests pass, and nobody reads it. */
export class KnownInTheEnd implements EndedApp {
  readonly #token: AppHandle;
  readonly #last: number;
  readonly #taken: Page["taken"];

  constructor({ number, appId, journal }: Traceable, token: AppHandle) {
    this.#token = token;
    this.#last = journal.seq;
    const untaken = native.untaken(number);
    this.#taken = untaken === null ? {} : (JSON.parse(untaken) as Page["taken"]);
    for (const seat of liveSeats(threadState())) {
      for (const [connection, seq] of seat.takenBy(appId)) this.#taken[connection] = seq;
    }
  }

  read(): Page | undefined {
    const ended = this.#token.ended();
    if (ended === null) return undefined;
    const page = readPage(ended);
    const last = this.#last;
    // That the end has closed everybody's connection is nothing that the test did.
    return { ...page, last, taken: this.#taken, entries: page.entries.filter(({ seq }) => seq <= last) };
  }

  forget(): void {
    this.#token.forget();
  }
}
