/** Apps that are made by route, each with a gateway of its own in this process: for workers of a test runner that want one each. */

import { crypto } from "../base/builtin.js";
import { insteadOf } from "../base/nearest.js";
import { show } from "../base/shown.js";
import type { Rig } from "../app/rig.js";
import { createRig } from "../app/rigs.js";
import type { ControlledGateway } from "../gateway/control.js";
import type { Gateway } from "../gateway/gateway.js";
import { listenHere } from "../gateway/listening.js";
import { type AppOptions, checkApp } from "../options/app.js";
import type { AppAdded, AttachAnswer } from "../remote/shapes.js";
import { ControlRefusal } from "./refusal.js";

/** By id. */
const added = new Map<string, { rig: Rig; gateway: Gateway }>();

/** Ends an app that was made by route, and its gateway. */
export async function closeApp(served: ControlledGateway, id: string): Promise<void> {
  const one = added.get(id);
  if (one === undefined) {
    const ids = [...added.keys()];
    const which = ids.length === 0 ? `${show(id)}; there is none` : insteadOf(id, ids, "app");
    throw new ControlRefusal(
      "unknown-app",
      `pushrig: only what POST apps has made is closed by route, and that made no app ${which}`,
    );
  }
  added.delete(id);
  await one.gateway.close();
  one.rig.close();
  served.attached.changed();
}

/** For processes that are attached: a request to one of them may claim one of these apps. */
export function addedApps(): AttachAnswer["added"] {
  const open = [...added.values()].filter(({ gateway }) => !gateway.isClosed);
  return open.map(({ rig, gateway }) => {
    const { id, key, secret, cluster } = rig.app;
    return { id, key, secret, cluster, url: gateway.url };
  });
}

/** Makes an app, or finds the one that was made so before. */
export async function addApp(served: ControlledGateway, given: Partial<AppOptions>): Promise<AppAdded> {
  const made = (): string => crypto().randomBytes(10).toString("hex");
  const { id = made(), key = made(), secret: own, ...others } = given;
  const options: AppOptions = { ...others, id, key, secret: own ?? made() };
  const isMadeUp = own === undefined;
  const known = added.get(String(id));
  if (known !== undefined && !known.gateway.isClosed) {
    const { app } = known.rig;
    if (key === app.key && own === app.secret) return answer(known.rig, known.gateway, isMadeUp);
    throw new ControlRefusal("conflict", `pushrig: there is an app ${JSON.stringify(id)} with another key or secret`);
  }
  let rig: Rig;
  try {
    checkApp(options, "POST apps");
    rig = createRig(options, "POST apps");
  } catch (error) {
    throw new ControlRefusal("bad-request", (error as Error).message);
  }
  const first = served.rigs[0];
  if (first !== undefined) rig.webhooks.join(first.webhooks);
  const gateway = await listenHere(rig, { port: 0, token: served.token });
  gateway.unref();
  // It is for the worker that has asked for it.
  gateway.keepToItself();
  added.set(rig.app.id, { rig, gateway });
  // Whoever has the answer may ask any of them for it.
  await served.attached.told();
  return answer(rig, gateway, isMadeUp);
}

function answer(rig: Rig, gateway: Gateway, isMadeUp: boolean): AppAdded {
  const { id, key, secret, cluster } = rig.app;
  return { app: { id, key, cluster }, url: gateway.url, ...(isMadeUp && { secret }) };
}
