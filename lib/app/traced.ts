/** An app as traces of tests look at it: what happened in it, and what of it may stand nowhere. */

import { threadState } from "../delivery/thread.js";
import type { TracedApp } from "../events/test-runner.js";
import type { Page } from "../journal/entry.js";
import { native } from "../native/addon.js";
import type { AppCredentials } from "../options/app.js";

/** The rig of the app. */
export interface Traceable {
  readonly appId: number;
  readonly app: AppCredentials;
  readonly owner: object | undefined;
  readonly anyCredentials: boolean;
  readonly isClosed: boolean;
  readonly encryptionMasterKey: Uint8Array | undefined;
  /** Of servers of the default app. */
  readonly secrets: ReadonlySet<string>;
  readonly strictness: object | undefined;
  readonly journal: { read(): Page; watch(onNew: () => void): () => void };
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

/** @param rig of whatever copy: it is held only weakly, as the app ends with it */
export function tracedOf(rig: Traceable): TracedApp {
  const { appId, owner, anyCredentials } = rig;
  const reference = new WeakRef(rig);
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
