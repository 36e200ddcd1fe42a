/** `pushrig mark`: a place in the journal. */

import { MARK_HELP, plainOptions } from "../options/status-command.js";
import { controlCommand } from "./control.js";

export const markCommand = controlCommand(
  (args) => plainOptions("mark", args),
  MARK_HELP,
  async (remote, { json }, screen) => {
    const made = await remote.mark();
    await (json ? screen.writeJson({ mark: made }) : screen.write(String(made.seq)));
    return 0;
  },
);
