/** `pushrig reset`: forgets what has happened in an app. */

import { plainOptions, RESET_HELP } from "../options/status-command.js";
import { controlCommand } from "./control.js";

export const resetCommand = controlCommand(
  (args) => plainOptions("reset", args),
  RESET_HELP,
  async (remote, { json }, screen) => {
    const start = await remote.reset();
    await (json
      ? screen.writeJson({ start })
      : screen.write(
          `forgotten is what happened before #${start}; clients stay connected, subscribed to nothing: reload their pages`,
        ));
    return 0;
  },
  "reset",
);
