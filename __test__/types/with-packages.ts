/** Where code is typed with `pusher` and `pusher-js`, the mocks fit in. Compiled, not run. */

import Pusher from "pusher";
import PusherClient, {
  type Channel,
  type ChannelAuthorizationHandler,
  type Members,
  type Options,
  type PresenceChannel,
} from "pusher-js";
import type * as pushrig from "pushrig";
import type { TypedClient, TypedServer } from "pushrig/types";
import type { Realtime } from "./contract.js";
import {
  MockPusherClient,
  MockPusherServer,
  channel as probe,
  clientOptions as gatewayOptions,
  createMockPusher,
  network,
} from "pushrig";

const options: Pusher.Options = { appId: "1", key: "key", secret: "secret", cluster: "eu", useTLS: true };
export const server: Pusher = new MockPusherServer(options);
export const answer: Promise<Pusher.Response> = new MockPusherServer(options).trigger("channel", "event", {});
export const batch: Promise<Pusher.Response> = new MockPusherServer(options).triggerBatch([
  { channel: "channel", name: "event", data: {} },
] satisfies Pusher.BatchEvent[]);
export const authorization: Pusher.ChannelAuthResponse = new MockPusherServer(options).authorizeChannel(
  "1.2",
  "private-x",
);
export const user: Pusher.UserAuthResponse = new MockPusherServer(options).authenticateUser("1.2", { id: "1" });
export const webhook: Pusher.WebHook = new MockPusherServer(options).webhook({ headers: {}, rawBody: "" });

const clientOptions: Options = { cluster: "eu", channelAuthorization: { endpoint: "/auth", transport: "ajax" } };
export const client: PusherClient = new MockPusherClient("key", clientOptions);
export const channel: Channel = new MockPusherClient("key", clientOptions).subscribe("channel");
export const real: PusherClient = new PusherClient("key", gatewayOptions({ authEndpoint: "/api/pusher/auth" }));
export const members: Members = (client.subscribe("presence-x") as PresenceChannel).members;

/** `src/lib/pusher.ts` of an application that picks one or the other. */
const useMocks = Boolean(process.env.USE_MOCKS);
export const either: Pusher = useMocks ? new MockPusherServer(options) : new Pusher(options);
export const eitherClient: PusherClient = useMocks
  ? new MockPusherClient("key", clientOptions)
  : new PusherClient("key", clientOptions);

/** The clients of a world are the same, and what the package calls a channel is what they answer. */
const world: pushrig.MockPusher = createMockPusher();
export const own: MockPusherClient = world.client({ user: { id: 1 } });
export const theirs: PusherClient = world.client({ authEndpoint: "/api/pusher/auth" });
export const theirChannel: Channel = world.client().subscribe("channel");
export const ownChannel: pushrig.Channel = client.subscribe("channel");
export const ownPresence = world.client().subscribe("presence-x") as pushrig.PresenceChannel;
export const ownMembers: pushrig.Members = ownPresence.members;
export const connection: pushrig.ConnectionManager = world.client().connection;
export const handler: ChannelAuthorizationHandler = ((_params, callback) =>
  callback(null, { auth: "key:signature" })) satisfies pushrig.ChannelAuthorizationHandler;

/** Held to a contract, they are still what they were. */
export const typedServer = new Pusher(options) as TypedServer<Realtime>;
export const typedClient = new PusherClient("key", clientOptions) as TypedClient<Realtime>;
export const typedEither = (useMocks ? new MockPusherServer(options) : new Pusher(options)) as TypedServer<Realtime>;
export const typedEitherClient = eitherClient as TypedClient<Realtime>;
export const plainServer: Pusher = typedServer;
export const plainChannel: Channel = typedClient.subscribe("task-1");
// These have private members.
export const plainClient = typedClient as PusherClient;
export const plainPresence = typedClient.subscribe("presence-room") as PresenceChannel;
export const typedAnswer: Promise<Pusher.Response> = typedServer.trigger("task-1", "new-message", { id: "m1" });

/** Who is meant may be typed as pusher-js's own. */
export const waited = [probe("a").subscribed({ by: client }), probe("a").received("e", {}, { by: typedClient })];
network().drop(client);
network().lose({ client: typedClient });
