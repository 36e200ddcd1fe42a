#!/usr/bin/env node
/** The program `pushrig`; docs/command.md is its manual. */

import type * as Command from "./command/command.js";

async function main(): Promise<number> {
  const { command } = require("./command/command.js") as typeof Command;
  return command(process.argv.slice(2));
}

main().then(
  (code) => (process.exitCode = code),
  (error: NodeJS.ErrnoException) => {
    // Without its binary it cannot do anything, and where in the code it noticed is of no interest.
    console.error(error.code === "PUSHRIG_BINARY" ? error.message : error);
    process.exitCode = 1;
  },
);
