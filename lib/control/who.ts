/** Which connection a text stands for: as everywhere a name, the id of a user, a connectionId or a socket id. */

import type { Rig } from "../app/rig.js";
import { Clients, type KnownClient } from "../journal/who.js";
import { STEPS } from "../journal/history.js";
import { native } from "../native/addon.js";
import { ControlRefusal } from "./refusal.js";

/**
 * Those of everybody who is meant, by number and name; a user may have several.
 *
 * @throws Refusal for nobody, and for somebody who is not connected
 */
export function connectionsOf(rig: Rig, who: string): Array<{ number: number; name: string }> {
  const clients = new Clients(rig.journal.read({ kinds: STEPS, data: false }));
  const connectionOf = ({ connections }: KnownClient) => {
    const name = connections.at(-1) ?? "";
    const number = native.connectionNamed(rig.number, name) || native.connectionWithSocket(rig.number, name);
    return number === 0 ? [] : [{ number, name }];
  };
  const found = clients.find(who);
  if (found.length === 0) {
    const there = clients.all.filter((client) => connectionOf(client).length > 0);
    throw new ControlRefusal("conflict", `pushrig: there is no client ${clients.insteadOf(who, there)}`);
  }
  const connected = found.flatMap(connectionOf);
  if (connected.length > 0) return connected;
  throw new ControlRefusal("conflict", `pushrig: ${clients.label(found[0])} is not connected`);
}
