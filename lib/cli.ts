#!/usr/bin/env node
/** The program `pushrig`; docs/command.md is its manual. */

import { command } from "./command.js";

void command(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
