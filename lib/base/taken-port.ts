/** Whether somebody listens on a port of this machine: asked by a bare connection, which is refused at once where nobody does. */

import { net } from "./builtin.js";

/** Milliseconds until one that neither takes a connection nor refuses it counts as somebody. */
const PATIENCE = 1_000;

/** Keeps the process: one that is about to end is to hear of it. */
export function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net().connect({ host: "127.0.0.1", port });
    const somebody = (): void => {
      socket.destroy();
      resolve(true);
    };
    socket.on("connect", somebody);
    socket.setTimeout(PATIENCE, somebody);
    socket.on("error", () => resolve(false));
  });
}
