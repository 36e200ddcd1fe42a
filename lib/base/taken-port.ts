/** Whether somebody listens on a port of this machine: asked by a bare connection, which is refused at once where nobody does. */

import { net } from "./builtin.js";

/** Keeps no process. */
export function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net().connect({ host: "127.0.0.1", port });
    socket.unref();
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
