/** What a process wants that meets others, and what of it the gateway of another one has not. */

import type { Rig } from "../app/rig.js";
import type { AppOptions } from "../options/app.js";
import type { ListenOptions } from "../options/listen.js";
import type { WebhookDestination } from "../options/webhook.js";
import type { AttachAnswer, ReceiverNow } from "../remote/shapes.js";
import type { ControlMaker } from "./control.js";

export interface Wish {
  options: ListenOptions;
  makeControl?: ControlMaker | undefined;
  /** What the app was made with. */
  first?: AppOptions | undefined;
  /** Who has asked for it, for texts. */
  by: string;
  /** The gateway that is meant, whatever its project; nobody takes its place. */
  named?: string | undefined;
  /** Tells a person how it is with other processes. Default: a line on the console. */
  say?(text: string): void;
}

/** One whose port is known: by it processes meet. `isPortFree`: nobody has named it. */
export type WishAtPort = Wish & { options: ListenOptions & { port: number }; isPortFree: boolean };

/** In one warning. */
export function warnOfLacks({ options, first, say }: Wish, rig: Rig, whose: string, answer: AttachAnswer): void {
  const { apps, takesAnyKey } = answer;
  const lacks: string[] = [];
  const wanted = [...(rig.anyCredentials || first === undefined ? [] : [first]), ...(options.apps ?? [])];
  for (const { id, key } of wanted) {
    if (!apps.some((app) => app.id === id && app.key === key)) lacks.push(`the app ${id}`);
  }
  if (options.tls !== undefined) lacks.push("the certificate of the option tls");
  if (options.onActivity !== undefined && say === undefined) lacks.push("the option onActivity");
  if (destinationsOf(options.webhooks).some((to) => receiverOf(to) === undefined)) {
    lacks.push("a handler of the option webhooks (onWebhook() takes one here too)");
  }
  if (lacks.length === 0) return;
  const takes = takesAnyKey ? " It has one app, which takes any key." : "";
  console.warn(
    `pushrig: this process has asked for what the gateway of ${whose} has not: ${lacks.join(", ")}.${takes} Start this process ` +
      "first, or ask for it where that gateway is opened.",
  );
}

export function destinationsOf(destinations: ListenOptions["webhooks"] = []): WebhookDestination[] {
  return Array.isArray(destinations) ? destinations : [destinations];
}

/** Destinations that another process can send to: URLs. */
export function receiversOf({ webhooks }: ListenOptions): ReceiverNow[] {
  return destinationsOf(webhooks).flatMap((to) => receiverOf(to) ?? []);
}

function receiverOf(destination: WebhookDestination): ReceiverNow | undefined {
  const hasOptions = typeof destination === "object" && "to" in destination;
  const { to, ...options } = hasOptions ? destination : { to: destination };
  return typeof to === "function" ? undefined : { to: String(to), ...options };
}
