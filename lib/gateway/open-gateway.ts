/** What `listen()` answers: a gateway of this process, or one that it is attached to. */

import type { Advanced } from "./advance.js";

/** Whether the gateway is this process's own, or another's that this one uses from outside. */
export type Role = "owner" | "attached";

export interface OpenGateway {
  readonly port: number;
  readonly host: string;
  /** `http://host:port` and the prefix, if there is one, as clients on this machine reach it; with `tls` it is `https:`. */
  readonly url: string;
  /** What opens everything, also to other machines: see docs/gateway.md, "Who may come in". */
  readonly token: string;
  /** `"owner"`, or with `attach: true` maybe `"attached"`; that may change when the owner ends. */
  readonly role: Role;
  /** How many clients are connected. Throws while attached. */
  readonly connectionCount: number;
  readonly isClosed: boolean;
  /** Calls back with each new role. Answers what ends that. */
  onRole(callback: (role: Role) => void): () => void;
  /**
   * Stops listening and says goodbye to every client with `code`: 4200 (default) makes it come back at once, 4100 after a second, 4001
   * never. An attached process leaves; the gateway goes on. Harmless when called twice.
   */
  close(options?: { code?: number }): Promise<void>;
  /** Closes with 4100 and listens again on the same port; clients come back after a second. */
  restart(): Promise<void>;
  /** Moves the time of this gateway and of its apps forward, by milliseconds or by a text such as `"2m"`: see docs/faults.md. */
  advance(time: number | string): Promise<Advanced>;
  /** Lets the process end although the gateway listens. */
  unref(): this;
}
