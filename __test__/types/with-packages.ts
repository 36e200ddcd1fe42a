/** Where code is typed with `pusher` and `pusher-js`, the mocks fit in. Compiled, not run. */

import Pusher from "pusher";
import PusherClient, { type Channel, type Members, type Options, type PresenceChannel } from "pusher-js";
import { MockPusherClient, MockPusherServer, clientOptions as gatewayOptions } from "pushrig";

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
