/** The native half. Everything else in `lib/` reaches the addon through this file. */

import native = require("../binding.js");

export { native };

export const NativePusherServer = native.MockPusherServer;
export const NativePusherClient = native.MockPusherClient;
