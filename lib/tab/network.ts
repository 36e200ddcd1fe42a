/** `network()` in a page: what it does in Node, at the gateway. Each call is a promise. */

import type { Who } from "../journal/question.js";
import { whoText } from "../remote/as-json.js";
import { caughtUp } from "./clients.js";
import { askGateway } from "./gateway.js";
import { later } from "./later.js";

/** A fault that is on. */
interface TabFault {
  restore(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface TabHold extends TabFault {
  release(): Promise<void>;
}

/** Of a client only its id can be sent. */
function sendable(verb: string, options: object): object {
  const { client } = options as { client?: Who };
  return client === undefined ? options : { ...options, client: whoText(client, `the client of ${verb}()`) };
}

function change<T = TabHold>(verb: string, options: object = {}): Promise<T> {
  return later(`network().${verb}()`, async () => {
    await caughtUp();
    const { fault } = await askGateway<{ fault?: { id: number } }>("network", {
      do: verb,
      ...sendable(verb, options),
    });
    if (fault === undefined) return undefined as T;
    const end = (what: string) => () =>
      later<void>(`${verb}().${what}()`, async () => {
        await askGateway("network", { do: what, id: fault.id });
        await caughtUp();
      });
    return { restore: end("restore"), release: end("release"), [Symbol.asyncDispose]: end("restore") } as T;
  });
}

export const tabNetwork = {
  drop: (client: Who, options: object = {}) => change<void>("drop", { client, ...options }),
  dropAll: (options?: object) => change<void>("dropAll", options),
  refuse: (refusal?: object) => change<TabFault>("refuse", refusal),
  delay: (milliseconds: number) => change<TabFault>("delay", { ms: milliseconds }),
  failAuthorization: (failure?: object) => change<TabFault>("failAuthorization", failure),
  failTrigger: (failure?: object) => change<TabFault>("failTrigger", failure),
  lose: (selection?: object) => change<TabFault>("lose", selection),
  duplicate: (selection?: object) => change<TabFault>("duplicate", selection),
  hold: (selection?: object) => change<TabHold>("hold", selection),
  silence: (client: Who | "all") => change<TabFault>("silence", { client }),
  failWebhooks: (failure?: object) => change<TabFault>("failWebhooks", failure),
  simulate: (preset: string, options: object = {}) => change<TabFault>("simulate", { preset, ...options }),
  restore: () => change<void>("restore"),
};
