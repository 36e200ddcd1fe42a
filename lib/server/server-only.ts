/* oxlint-disable typescript/no-extraneous-class -- of these classes only the names are left */
/** What modules find in place of the broker's half where no addon can be loaded. */

/** The methods of each class, so that a call says what is wrong with it. */
const METHODS = {
  MockPusherServer: [
    "authorizeChannel",
    "authenticate",
    "authenticateUser",
    "sendToUser",
    "terminateUserConnections",
    "trigger",
    "triggerBatch",
    "post",
    "get",
    "webhook",
    "createSignedQueryString",
    "channelSharedSecret",
  ],
  PusherMockState: [
    "generateConnectionId",
    "subscribe",
    "unsubscribe",
    "bind",
    "unbind",
    "trigger",
    "getChannelMessages",
    "getMessagesSince",
    "getSubscriberCount",
    "getActiveChannels",
    "getChannelState",
    "getSubscriptionState",
    "disconnect",
    "reset",
    "getState",
  ],
} as const;

/**
 * The server's exports for a place without a broker. Modules that are shared with the server may import and construct
 * them; whatever is called then throws.
 *
 * @param reason why it cannot work there, and what to do instead
 */
export function serverOnly(reason: string) {
  // A plain function, because classes are refused with it too.
  const refuse = (call: string) =>
    function refused(): never {
      throw new Error(`pushrig: ${call} is server-only: ${reason}`);
    };

  function standIn(name: keyof typeof METHODS) {
    const StandIn = class {};
    Object.defineProperty(StandIn, "name", { value: name });
    for (const method of METHODS[name]) {
      const value = refuse(`${name}.${method}()`);
      Object.defineProperty(StandIn.prototype, method, { value, writable: true, configurable: true });
    }
    return StandIn;
  }

  const Server = standIn("MockPusherServer");
  // With and without `new`, as in the SDK.
  const construct = function construct() {
    return new Server();
  };
  const State = standIn("PusherMockState");
  return {
    MockPusherServer: Object.assign(Server, {
      forURL: construct,
      forCluster: construct,
      Token: class Token {},
      RequestError: class RequestError extends Error {},
      WebHookError: class WebHookError extends Error {},
    }),
    PusherMockState: State,
    pusherMockState: new State(),
    MockPusher: refuse("new MockPusher()"),
    configure: refuse("configure()"),
    createMockPusher: refuse("createMockPusher()"),
    listen: refuse("listen()"),
    network: refuse("network()"),
    onWebhook: refuse("onWebhook()"),
    reset: refuse("reset()"),
    settledWebhooks: refuse("settledWebhooks()"),
    webhooks: refuse("webhooks()"),
  };
}
