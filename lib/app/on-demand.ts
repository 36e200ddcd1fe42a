/** Whoever reads the journal of an app is loaded by the first who asks: most apps are read by nobody. */

import type * as Reading from "./reading.js";

let loaded: typeof Reading | undefined;

export function reading(): typeof Reading {
  return (loaded ??= require("./reading.js") as typeof Reading);
}
