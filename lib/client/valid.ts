/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import { namesCluster } from "../options/client.js";
import { logger } from "./logger.js";

/**
 * A key or cluster that is given as undefined is no mistake: the app's is taken.
 *
 * @throws the strings, not errors, that pusher-js throws, in the order of its Node build
 */
export function validateOptions(key: unknown, options: any): void {
  /* oxlint-disable no-throw-literal -- pusher-js throws these strings */
  if (options == null) throw "You must pass an options object";
  if (!namesCluster(options)) throw "Options object must provide a cluster";
  if ("disableStats" in options) logger.warn("The disableStats option is deprecated in favor of enableStats");
  if (key === null) throw "You must pass your app key when you instantiate Pusher.";
  /* oxlint-enable no-throw-literal */
}
