// Stands in for npm `pusher` in bundles for browsers, where the server's SDK, its secret and the polyfills that it needs have no
// business. A module with both sides may construct it.
import { standInServer } from "../server/server-only.js";

// oxlint-disable-next-line import/no-default-export -- bundled as `module.exports`, which is what npm `pusher` has
export default standInServer(
  "Pusher",
  "is server-only: it needs the app's secret. Call it in an API route or a server action.",
);
