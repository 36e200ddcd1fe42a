/** The native half. Everything else in `lib/` reaches the addon through this file. */

import type * as Native from "../../binding.js";
import { loaded } from "./binary.js";

export const native = loaded(() => require("../../binding.js") as typeof Native);

export const NativePusherServer = native.MockPusherServer;
export const NativePusherClient = native.MockPusherClient;
