/** `pushrig types FILE...`: the contract of an application, from what was recorded of it. */

import { TYPES_HELP, typesOptions } from "../options/types-command.js";
import { UsageError } from "../options/command.js";
import { declaration } from "./declaration.js";
import { readRecording } from "./recording.js";

/** Runs it; answers the exit code. Throws a UsageError for what it cannot read. */
export function typesCommand(args: string[]): number {
  const options = typesOptions(args);
  if (options === "help") {
    process.stdout.write(TYPES_HELP);
    return 0;
  }
  const written = declaration(options.files.flatMap(readRecording), options.name);
  if (written === undefined) {
    throw new UsageError(
      `there is no event in ${options.files.join(", ")}: use the application while pushrig --json records`,
    );
  }
  for (const note of written.notes) console.error(`pushrig: ${note}`);
  process.stdout.write(written.source);
  return 0;
}
