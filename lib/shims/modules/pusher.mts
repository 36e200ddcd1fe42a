// Stands in for an import of npm `pusher` in Vitest: see pushrig.mts.
import type * as Entry from "../../index.js";

const load = typeof require === "function" ? require : (await import("node:module")).createRequire(import.meta.url);
const { MockPusherServer } = load("../../index.js") as typeof Entry;

export default MockPusherServer;
export const { RequestError, Token, WebHookError, forCluster, forURL } = MockPusherServer;
