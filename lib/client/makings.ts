/** What clients are made of: loaded with the first one. A process that only triggers makes none. */

export { channelAuthorizer, userAuthenticator } from "./authorization/authorization.js";
export { Channels } from "./channels/channels.js";
export { PresenceChannel } from "./channels/presence.js";
export { getConfig } from "./config.js";
export { ConnectionManager } from "./connection/connection.js";
export { WireStrategy } from "./connection/strategy.js";
export { Timeline, TimelineSender } from "./connection/timeline.js";
export { RigSide } from "./mock-side.js";
export { UserFacade } from "./user.js";
