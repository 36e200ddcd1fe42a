/** What most apps do without, each part loaded by the first who needs it. */

import type * as Delayed from "./delayed.js";
import type * as Faulting from "./network.js";
import type * as Reading from "./reading.js";
import type * as Wires from "./wire.js";

let readers: typeof Reading | undefined;
let faults: typeof Faulting | undefined;
let slow: typeof Delayed | undefined;
let connections: typeof Wires | undefined;

/** Whoever reads the journal of an app. */
export function reading(): typeof Reading {
  return (readers ??= require("./reading.js") as typeof Reading);
}

/** What a test does to connections. */
export function faulting(): typeof Faulting {
  return (faults ??= require("./network.js") as typeof Faulting);
}

/** What arrives later. */
export function delayed(): typeof Delayed {
  return (slow ??= require("./delayed.js") as typeof Delayed);
}

/** Connections: a process that only triggers has none. */
export function wires(): typeof Wires {
  return (connections ??= require("./wire.js") as typeof Wires);
}
