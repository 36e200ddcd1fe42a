/** What answers the control routes is loaded by the first request: most gateways are asked nothing. */

import { answerControlWith } from "../gateway/listening.js";
import type * as Answers from "./answers.js";

/** Has gateways that are opened from now on answer their control routes. */
export function answerControlRoutes(): void {
  answerControlWith((gateway) => {
    const { ControlRoutes } = require("./answers.js") as typeof Answers;
    return new ControlRoutes(gateway);
  });
}
