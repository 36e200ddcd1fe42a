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
    "triggers",
  ],
} as const;

/**
 * Makes the exports of the server's half for a place where it cannot work. Modules that are shared with the server may import
 * and construct them; whatever is called then throws.
 *
 * @param why goes on after the name of what was called
 */
export function standIns(why: string) {
  // A plain function, because classes are refused with it too.
  const refuse = (call: string) =>
    function refused(): never {
      throw new Error(`pushrig: ${call} ${why}`);
    };

  const State = standIn("PusherMockState", METHODS.PusherMockState, why);
  return {
    MockPusherServer: standInServer("MockPusherServer", why),
    PusherMockState: State,
    pusherMockState: new State(),
    MockPusher: refuse("new MockPusher()"),
    channel: refuse("channel()"),
    configure: refuse("configure()"),
    createMockPusher: refuse("createMockPusher()"),
    during: refuse("during()"),
    idle: refuse("idle()"),
    listen: refuse("listen()"),
    mark: refuse("mark()"),
    network: refuse("network()"),
    onWebhook: refuse("onWebhook()"),
    reset: refuse("reset()"),
    sentWebhook: refuse("sentWebhook()"),
    settledWebhooks: refuse("settledWebhooks()"),
    webhooks: refuse("webhooks()"),
    why: refuse("why()"),
    writeTrace: refuse("writeTrace()"),
  };
}

/**
 * As {@link standIns}, where there is no server.
 *
 * @param reason why it cannot work there, and what to do instead
 */
export const serverOnly = (reason: string) => standIns(`is server-only: ${reason}`);

/** A class with the members of npm `pusher`. */
export function standInServer(name: string, why: string) {
  const Server = standIn(name, METHODS.MockPusherServer, why);
  // With and without `new`, as in the SDK.
  const construct = function construct() {
    return new Server();
  };
  return Object.assign(Server, {
    forURL: construct,
    forCluster: construct,
    Token: class Token {},
    RequestError: class RequestError extends Error {},
    WebHookError: class WebHookError extends Error {},
  });
}

function standIn(name: string, methods: readonly string[], why: string) {
  const StandIn = class {};
  Object.defineProperty(StandIn, "name", { value: name });
  for (const method of methods) {
    const value = (): never => {
      throw new Error(`pushrig: ${name}.${method}() ${why}`);
    };
    Object.defineProperty(StandIn.prototype, method, { value, writable: true, configurable: true });
  }
  return StandIn;
}
