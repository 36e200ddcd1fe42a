/** `POST attach`: how a process of the same project gets the apps of this one. The only route that tells a configured secret. */

import type { Rig } from "../app/rig.js";
import { crypto } from "../base/builtin.js";
import { processName } from "../base/process-name.js";
import type { ControlledGateway } from "../gateway/control.js";
import { checkFilledText, checkList, checkObject, checkWhole } from "../options/checks.js";
import { native } from "../native/addon.js";
import { type WebhookOptions, checkedTarget } from "../options/webhook.js";
import type { AttachAnswer, AttachRequest, ReceiverNow } from "../remote/shapes.js";
import type { WebhookSubscription } from "../webhooks/webhooks.js";
import { addedApps } from "./apps.js";
import { appOf } from "./state.js";

/** Answers at once without `after`, else once something is newer than that. */
export async function attach(
  served: ControlledGateway,
  request: AttachRequest,
  signal: AbortSignal,
): Promise<AttachAnswer> {
  check(request);
  const { attached } = served;
  const { id, after } = request;
  const isTrusted = isSame(request.token, served.token);
  attached.join(id, request, () => bring(served, request, isTrusted));
  if (after !== undefined) await attached.news(id, after, signal);
  const [first] = served.rigs;
  return {
    generation: attached.generation,
    rank: Math.max(0, attached.rankOf(id)),
    owner: {
      pid: process.pid,
      name: processName(),
      version: native.version(),
      host: served.host,
      wsPath: served.wsPath,
      startedAt: served.startedAt,
    },
    isRestarting: attached.isRestarting,
    takesAnyKey: first?.anyCredentials === true && served.rigs.length === 1,
    apps: served.rigs.filter((rig) => !rig.isClosed).map((rig) => (isTrusted ? told(rig, served) : appOf(rig))),
    added: isTrusted ? addedApps() : [],
    attached: attached.list(),
  };
}

/** Before anything is done with it: what is wrong names its field. */
function check({ id, pid, name, after, credentials = [], receivers = [] }: AttachRequest): void {
  const field = (one: string): string => `the field ${one} of POST attach`;
  checkFilledText(id, field("id"));
  checkFilledText(name, field("name"));
  checkWhole(pid ?? null, 1, Number.MAX_SAFE_INTEGER, field("pid"));
  checkWhole(after, 0, Number.MAX_SAFE_INTEGER, field("after"));
  checkList(credentials, `${field("credentials")} is a list of keys and secrets`);
  for (const one of credentials as unknown[]) {
    checkObject(one, `${field("credentials")} is a list of keys and secrets`);
    const { key, secret } = one as { key?: unknown; secret?: unknown };
    checkFilledText(key, field("credentials[].key"));
    checkFilledText(secret, field("credentials[].secret"));
  }
  checkList(receivers, `${field("receivers")} is a list of receivers of webhooks`);
  for (const one of receivers as unknown[]) {
    checkObject(one, `${field("receivers")} is a list of receivers of webhooks`);
    checkedTarget((one as ReceiverNow).to);
  }
}

/** An app as it goes on in another process. */
function told(rig: Rig, served: ControlledGateway): AttachAnswer["apps"][number] {
  const masterKey = rig.encryptionMasterKey;
  return {
    ...served.optionsOf(rig),
    ...appOf(rig),
    secret: rig.secretOf(rig.app.key) ?? rig.app.secret,
    ...(masterKey !== undefined && { encryptionMasterKeyBase64: Buffer.from(masterKey).toString("base64") }),
    webhooks: rig.webhooks.receivers(),
  };
}

/** What a process knows that the gateway needs, for as long as it is attached. */
function bring(
  { rigs }: ControlledGateway,
  { credentials = [], receivers = [] }: AttachRequest,
  isTrusted: boolean,
): () => void {
  const [first] = rigs;
  if (first === undefined || first.isClosed) return () => {};
  if (isTrusted && first.anyCredentials) {
    for (const { key, secret } of credentials) native.addCredentials(first.number, key, secret);
  }
  const owner = {};
  const subscriptions: WebhookSubscription[] = [];
  const leave = (): void => {
    for (const subscription of subscriptions) subscription.remove();
  };
  try {
    for (const { to, ...options } of receivers) {
      subscriptions.push(first.webhooks.add(checkedTarget(to), options as WebhookOptions, owner));
    }
  } catch (error) {
    // All or none: nobody would take back those before it.
    leave();
    throw error;
  }
  return leave;
}

/** Takes as long for any text. */
function isSame(given: unknown, token: string): boolean {
  if (typeof given !== "string") return false;
  const [one, other] = [given, token].map((text) => crypto().createHash("sha256").update(text).digest());
  return crypto().timingSafeEqual(one, other);
}
