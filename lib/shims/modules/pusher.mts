// Stands in for an import of npm `pusher` in Vitest: see pushrig.mts.
import { createRequire } from "node:module";
import type * as Entry from "../../index.js";

const { MockPusherServer } = createRequire(import.meta.url)("../../index.js") as typeof Entry;

export default MockPusherServer;
export const { RequestError, Token, WebHookError, forCluster, forURL } = MockPusherServer;
