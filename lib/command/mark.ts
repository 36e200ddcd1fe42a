/** `pushrig mark`: a place in the journal. */

import { MARK_HELP, plainOptions } from "../options/status-command.js";
import { asking } from "./control.js";

export const mark = asking(
  (args) => plainOptions("mark", args),
  MARK_HELP,
  async (remote, { json }, screen) => {
    const made = await remote.mark();
    await (json ? screen.writeJson({ mark: made }) : screen.write(String(made.seq)));
    return 0;
  },
);
