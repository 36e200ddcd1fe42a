/** Faults that are on, and the verbs that begin them: `network()` by route. */

import type { Fault, Hold } from "../app/faults.js";
import type { Rig } from "../app/rig.js";
import { checkNames, insteadOf } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { type FaultNow, type FaultVerb, NETWORK_VERBS } from "../remote/shapes.js";
import { ControlRefusal } from "./refusal.js";

/** By fault: its number. */
const numbers = new WeakMap<Fault, number>();
let latest = 0;

function numberOf(fault: Fault): number {
  let number = numbers.get(fault);
  if (number === undefined) numbers.set(fault, (number = latest += 1));
  return number;
}

/** Those that are on, whoever has begun them. */
export function faultsOf(rig: Rig): FaultNow[] {
  return rig.network.active().map(({ call, options, fault }) => {
    const { strikes } = fault;
    const waiting = call === "hold()" ? (fault as Hold).waiting : 0;
    return { id: numberOf(fault), do: call.slice(0, -2) as FaultVerb, options: shown(options), strikes, waiting };
  });
}

/** A client that was given itself by its name. */
function shown(options: object): Record<string, unknown> {
  const { client, ...others } = options as { client?: unknown };
  if (client === undefined || client === null) return { ...others };
  const { connectionId } = Object(client) as { connectionId?: unknown };
  return { ...others, client: typeof client === "string" ? client : String(connectionId ?? "") };
}

type Fields = Record<string, unknown>;

/** What each verb takes besides what it checks itself. */
const VERBS: Record<FaultVerb, (rig: Rig, fields: Fields) => Fault> = {
  refuse: (rig, fields) => rig.network.refuse(withClient(fields, "refuse()")),
  delay: ({ network }, { ms, ...others }) => {
    checkNames(others, ["ms"], "delay()", "option");
    return network.delay(ms as number);
  },
  failAuthorization: ({ network }, fields) => network.failAuthorization(fields),
  failTrigger: ({ network }, fields) => network.failTrigger(fields),
  lose: (rig, fields) => rig.network.lose(withClient(fields, "lose()")),
  duplicate: (rig, fields) => rig.network.duplicate(withClient(fields, "duplicate()")),
  hold: (rig, fields) => rig.network.hold(withClient(fields, "hold()")),
  silence: (rig, { client, ...others }) => {
    checkNames(others, ["client"], "silence()", "option");
    return rig.network.silence(nameOf(client, "silence()"));
  },
  failWebhooks: ({ network }, fields) => network.failWebhooks(fields),
  simulate: ({ network }, { preset, ...options }) => network.simulate(preset as never, options),
};

/** Does what a body says. Answers the fault that is on now. */
export function changeNetwork(rig: Rig, { do: verb, ...fields }: Fields): FaultNow | undefined {
  rig.requireOpen();
  if (typeof verb !== "string" || !NETWORK_VERBS.includes(verb)) {
    throw new ControlRefusal(
      "bad-request",
      `pushrig: the field do of POST network is no verb: ${insteadOf(verb, NETWORK_VERBS, "verb")}`,
    );
  }
  try {
    return perform(rig, verb, fields);
  } catch (error) {
    if (error instanceof ControlRefusal) throw error;
    // What is asked for is right, and nobody is there whom it could be done to.
    const { name, message } = error as Error;
    throw name === "Error" && message.startsWith("pushrig: ") ? new ControlRefusal("conflict", message) : error;
  }
}

function perform(rig: Rig, verb: string, fields: Fields): FaultNow | undefined {
  const { network } = rig;
  switch (verb) {
    case "drop": {
      const { client, ...options } = fields;
      network.drop(nameOf(client, "drop()"), options);
      return undefined;
    }
    case "dropAll":
      network.dropAll(fields);
      return undefined;
    case "release": {
      const { id, ...others } = fields;
      checkNames(others, ["id"], "release", "field");
      const { fault, call } = faultWith(rig, id);
      if (call !== "hold()")
        throw new ControlRefusal("conflict", `pushrig: fault ${show(id)} is ${call}; only hold() keeps events back`);
      (fault as Hold).release();
      return faultsOf(rig).find((one) => one.id === id);
    }
    case "restore": {
      const { id, ...others } = fields;
      checkNames(others, ["id"], "restore", "field");
      if (id === undefined) network.restore();
      else if (Number.isInteger(id) && (id as number) >= 1 && (id as number) <= latest) find(rig, id)?.fault.restore();
      else faultWith(rig, id);
      return undefined;
    }
    default: {
      const fault = VERBS[verb as FaultVerb](rig, fields);
      const id = numberOf(fault);
      return faultsOf(rig).find((one) => one.id === id);
    }
  }
}

function find(rig: Rig, id: unknown): ReturnType<Rig["network"]["active"]>[number] | undefined {
  return rig.network.active().find(({ fault }) => numberOf(fault) === id);
}

function faultWith(rig: Rig, id: unknown): ReturnType<Rig["network"]["active"]>[number] {
  const found = find(rig, id);
  if (found !== undefined) return found;
  const on = faultsOf(rig).map((one) => `${one.id} (${one.do})`);
  const others = on.length === 0 ? "none is on" : `on are ${on.join(", ")}`;
  throw new ControlRefusal("unknown-fault", `pushrig: no fault ${show(id)} is on; ${others}`);
}

function nameOf(client: unknown, call: string): string {
  if (typeof client === "string" && client !== "") return client;
  throw new TypeError(
    `pushrig: the client of ${call} is its name, user id, connectionId or socket id, not ${show(client)}`,
  );
}

function withClient(fields: Fields, call: string): Fields {
  if (fields.client !== undefined) nameOf(fields.client, call);
  return fields;
}
