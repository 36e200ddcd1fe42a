/** Which rig is meant: the default one of now, one with an app of its own, or that which options and keys name. */

import { type AppOptions, checkAppValues } from "../options/app.js";
import { MOCK_CREDENTIALS } from "../options/defaults.js";
import { type SettingsInput, withSettings } from "../options/settings.js";
import { native } from "../native/addon.js";
import { takeRejection } from "../native/rejection.js";
import { threadState } from "../delivery/thread.js";
import type { Token } from "../base/token.js";
import { environmentCredentials } from "./credentials.js";
import { knownRig, Rig, startingSettings } from "./rig.js";
import { requestRig } from "./request-rig.js";
import { isTestRealm, scopeName, testFile } from "./scope.js";

/** The rig that options name, for the clients and servers a rig makes itself. */
export const RIG = Symbol.for("pushrig.rig");

let opened: { rig: Rig; file: string | undefined; scope: string } | undefined;

/** The rig of the default app. Asked for at every use, because a test runner may have gone on to the next file. */
export function defaultRig(): Rig {
  return here().rig;
}

/** The same with its scope, in which this copy makes and finds its other apps. */
function here(): { readonly rig: Rig; readonly scope: string } {
  const file = testFile();
  if (opened !== undefined && opened.file === file) return opened;
  const before = opened;
  const scope = scopeName();
  opened = { rig: before === undefined ? openDefaultRig(file, scope) : nextRig(before.rig, file, scope), file, scope };
  return opened;
}

/** Whether it is that. */
export function isDefaultRig(rig: Rig): boolean {
  return opened?.rig === rig;
}

/** That of the next test file: the same, so that what modules keep of the one before goes on to work. */
function nextRig(rig: Rig, file: string | undefined, scope: string): Rig {
  const thread = threadState();
  if (!isTestRealm() || !rig.lookIfOpen()) return openDefaultRig(file, scope);
  if (thread.file !== file) rig.startAgain();
  thread.file = file;
  return rig;
}

/** A test file begins: if this copy has used the default app in one before, it starts again ahead of what the tests do. */
export function beginFile(): void {
  if (opened !== undefined) defaultRig();
}

/** Whether this copy has asked for it, in the test file that is running: as it has for any app. */
export function isDefaultRigOpen(): boolean {
  return opened !== undefined && opened.file === testFile();
}

function openDefaultRig(file: string | undefined, scope: string): Rig {
  const thread = threadState();
  const isNewFile = isTestRealm() && (!thread.started || thread.file !== file);
  const isFirst = !thread.started;
  thread.started = true;
  thread.file = file;
  if (isFirst && process.env.NODE_ENV === "production") {
    console.warn(
      "pushrig: the Pusher mock is active and NODE_ENV is production; unset USE_MOCKS to use the real service.",
    );
  }
  const rig = new Rig(native.defaultApp(scope, isNewFile));
  addEnvironmentCredentials(rig);
  return rig;
}

/** An app that takes any key knows on the wire those of the environment. */
function addEnvironmentCredentials(rig: Rig): void {
  const named = environmentCredentials();
  if (named !== undefined) native.addCredentials(rig.number, named.key, named.secret);
  const { NEXT_PUBLIC_PUSHER_KEY: clientKey } = process.env;
  if (clientKey) native.addCredentials(rig.number, clientKey, named?.secret ?? rig.app.secret);
}

/** What a rig is made with besides its app. */
export interface RigOptions {
  settings?: SettingsInput;
  /** Whether clients may connect with any key, as to the default app, while a gateway serves it alone. */
  acceptsAnyKey?: boolean;
  /** Whether the app makes itself a key for encrypted channels when somebody needs one. */
  randomMasterKey?: boolean;
}

/**
 * An isolated rig with an app of its own. Throws a TypeError or RangeError that names what is wrong with its options.
 *
 * @param where who was given the options, for that error
 */
export function createRig(options: AppOptions, where: string, more: RigOptions = {}): Rig {
  checkAppValues(options, where);
  const { acceptsAnyKey = false, randomMasterKey = false, settings: input } = more;
  const settings =
    input === undefined || Object.keys(input).length === 0
      ? startingSettings()
      : withSettings(startingSettings(), input, where);
  // The default rig of a new test file empties the scope: before, not after this app is in it.
  const { scope } = here();
  const { id, key, secret, webhooks, cluster = MOCK_CREDENTIALS.cluster } = options;
  const others = unusual(options, acceptsAnyKey);
  const made = native.createApp(scope, id, key, secret, options.cluster, randomMasterKey, others);
  if (made === null) throw new Error(`pushrig: ${where} refuses its options: ${takeRejection().body.trim()}`);
  const [handle, appId, token] = made;
  const rig = new Rig(handle, { appId, anyKey: acceptsAnyKey, id, key, secret, cluster, token, settings });
  if (acceptsAnyKey) addEnvironmentCredentials(rig);
  if (webhooks === undefined) return rig;
  try {
    rig.webhooks.addAll(webhooks);
  } catch (error) {
    rig.close();
    throw error;
  }
  return rig;
}

/** What an app has besides its credentials, as JSON; undefined for most. Field by field: to copy all of them takes a kilobyte. */
function unusual(options: AppOptions, acceptsAnyKey: boolean): string | undefined {
  const { limits, enabled, forceTLS, authorizedConnections, clientEvents, subscriptionCount } = options;
  const given = limits ?? enabled ?? forceTLS ?? authorizedConnections ?? clientEvents ?? subscriptionCount;
  if (given === undefined && !acceptsAnyKey) return undefined;
  const switches = { enabled, forceTLS, authorizedConnections, clientEvents, subscriptionCount };
  return JSON.stringify({ limits, ...switches, acceptsAnyKey });
}

/** Whether a rig made these options, for a server or client of its own. */
export function namesRig(options: object | null | undefined): boolean {
  return options != null && RIG in options;
}

/** The rig that these options and this key mean. */
function rigOf(options: object | null | undefined, key: string | undefined): Rig {
  const chosen = (options as { [RIG]?: Rig } | null | undefined)?.[RIG];
  if (chosen !== undefined) return chosen;
  const { rig: standard, scope } = here();
  if (key === undefined || key === standard.app.key) return standard;
  const number = native.findApp(scope, key);
  if (number === 0 || number === standard.number) return standard;
  return knownRig(number) ?? new Rig(number);
}

/** The rig of a new client. Without a key it is the default one, or that which the options name. */
export function rigFor(options: object, key: string | undefined): Rig {
  const rig = rigOf(options, key);
  if (rig.anyCredentials) rig.noteClientKey(key ?? rig.app.key);
  return rig;
}

/**
 * The rig of a server in this process, asked for at every call: a server that was made when a module
 * was imported may live longer than the test file it was made for. The default app learns the
 * server's credentials.
 *
 * @param config what the server signs and encrypts with
 * @param made where the server was made
 */
export function rigForServer(
  options: { key?: unknown; secret?: unknown },
  config: { token: Token; encryptionMasterKey?: Uint8Array },
  made: () => string,
): () => Rig {
  const { token, encryptionMasterKey: masterKey } = config;
  const { key, secret } = options;
  const first = rigOf(options, typeof key === "string" ? key : undefined);
  if (masterKey !== undefined) first.setEncryptionMasterKey(masterKey);
  if (!first.anyCredentials) {
    if (namesRig(options)) return () => first;
    first.believes(token, made);
    return found(first, masterKey);
  }
  const introduce = (rig: Rig): void => {
    if (masterKey !== undefined && rig !== first) rig.setEncryptionMasterKey(masterKey);
    rig.believes(token, made);
    if (typeof key !== "string") return;
    rig.introduce(key, typeof secret === "string" ? secret : undefined);
  };
  introduce(first);
  if (namesRig(options)) return () => first;
  let known = first;
  return () => {
    const rig = requestRig() ?? defaultRig();
    if (rig.anyCredentials && rig !== known) introduce((known = rig));
    return rig;
  };
}

/** A rig that was found by its key, or the one that has taken its place since: tests make one after the other. */
function found(rig: Rig, masterKey: Uint8Array | undefined): () => Rig {
  return () => {
    if (rig.lookIfOpen()) return rig;
    const { rig: standard, scope } = here();
    const number = native.findApp(scope, rig.app.key);
    if (number === 0 || number === standard.number) return rig;
    rig = knownRig(number) ?? new Rig(number);
    if (masterKey !== undefined) rig.setEncryptionMasterKey(masterKey);
    return rig;
  };
}
