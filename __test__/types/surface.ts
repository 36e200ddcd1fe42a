/** The public surface as a user without `pusher` and `pusher-js` compiles it. Compiled, not run. */

import {
  MockPusher,
  MockPusherClient,
  MockPusherServer,
  type AppCredentials,
  type AuthorizeRoute,
  type Channel,
  type ChannelProbe,
  type ChannelAuthorizationCallback,
  type ChannelAuthorizationData,
  type ChannelAuthorizationHandler,
  type Gateway,
  type Happened,
  type Entry,
  type HTTPAuthError,
  type Mark,
  type Member,
  type Message,
  type Params,
  type PostOptions,
  type Reason,
  type RequestError,
  type RequestOptions,
  type SentWebhook,
  type SignedQueryStringOptions,
  type StateSnapshot,
  type Trigger,
  type UserAuthenticationCallback,
  type UserAuthenticationData,
  type UserAuthenticationHandler,
  type WebHookData,
  type WebHookError,
  type WebHookEvent,
  type WebHookRequest,
  type Why,
  channel as probe,
  clientOptions,
  configure,
  createMockPusher,
  during,
  idle,
  listen,
  mark,
  network,
  onWebhook,
  pusherMockState,
  reset,
  sentWebhook,
  settledWebhooks,
  webhooks,
  why,
  writeTrace,
} from "pushrig";

const server = new MockPusherServer({ appId: undefined, key: undefined, secret: undefined, cluster: undefined });
const client = new MockPusherClient("key", { cluster: "eu" });
client.subscribe("task-1").bind("new-message", (data: { messageId: string }) => data.messageId);
void server.trigger(["a", "b"], "event", { some: "data" }, { socket_id: client.connection.socket_id });
export const trace: string = writeTrace(".pushrig/room.jsonl", {
  test: "a test",
  failure: new Error("no"),
  full: true,
});
configure({ delivery: "network", latency: { min: 1, max: 5, seed: 7 } });
network().drop(client, { code: 4200 });

clientOptions({ url: "http://localhost:7001", user: { id: 1 }, enabledTransports: ["ws"] }).wsHost satisfies
  string | undefined;

export const id: string = client.connectionId;
export const state: StateSnapshot = pusherMockState.getState();
export const count: number = pusherMockState.getSubscriberCount("task-1");
pusherMockState.bind("connection", "task-1", "new-message", (data: { messageId: string }) => data.messageId);

const rig = createMockPusher({ delivery: "polling", limits: { presenceMembers: 5 } });
rig.client({ user: { id: "u1" } }).subscribe("presence-room");
rig.state.trigger("presence-room", "event", 1);
rig.onWebhook((request) => new Response(request.headers.get("x-pusher-key")), { events: ["member_added"] }).remove();
rig.close();
reset();

/** A route of the application, as Next.js calls it. */
async function POST(request: Request): Promise<Response> {
  return Response.json(await request.json());
}
onWebhook(POST, { batch: true, headers: { "X-Own": "header" } });
export const sent: SentWebhook[] = webhooks();
export const settled: Promise<SentWebhook[]> = settledWebhooks();
export const gateway: Promise<Gateway> = listen({
  port: 0,
  maxConnections: 5,
  webhooks: ["http://localhost/hook", { to: POST, channelNameStartsWith: "task-" }],
  apps: [{ id: "2", key: "key", secret: "secret", enabled: true, webhooks: new URL("http://localhost/") }],
  onActivity: ({ type, status }) => type === "webhook" && status,
});

// @ts-expect-error an event that does not exist
onWebhook(POST, { events: ["member_aded"] });

// @ts-expect-error a delivery mode that does not exist
configure({ delivery: "pigeon" });
// @ts-expect-error a client needs a key
void new MockPusherClient();
// @ts-expect-error an option that does not exist
createMockPusher().client({ usr: { id: "1" } });

/** What a user's own functions are typed with. */
export const credentials: AppCredentials = createMockPusher().app;
export const failed = (error: unknown): number | undefined => (error as RequestError).status;
export const unauthorized = (error: HTTPAuthError): number => error.status;
export const authorize: AuthorizeRoute = async (request) => Response.json({ auth: await request.text() });
export const handler: ChannelAuthorizationHandler = (
  { socketId, channelName },
  callback: ChannelAuthorizationCallback,
) => callback(null, server.authorizeChannel(socketId, channelName) satisfies ChannelAuthorizationData);
export const signIn: UserAuthenticationHandler = ({ socketId }, callback: UserAuthenticationCallback) =>
  callback(null, server.authenticateUser(socketId, { id: "1" }) satisfies UserAuthenticationData);
export const asked = (options: RequestOptions) => server.get(options);
export const posted = (options: PostOptions) => server.post(options);
export const received = (request: WebHookRequest): WebHookEvent[] | WebHookError => {
  const data: WebHookData = server.webhook(request).getData();
  return data.events;
};
export const query = (options: SignedQueryStringOptions, params: Params) =>
  server.createSignedQueryString({ ...options, params });
export const made: MockPusher = new MockPusher({ key: "key" });
export const channel: Channel = made.client().subscribe("room");

/** What tests wait for. */
export async function waits(): Promise<void> {
  const task: ChannelProbe = probe("task-1");
  const names: string[] = await task.subscribed({ by: client, count: 1, timeout: 500 });
  await task.subscribed({ by: names[0] });
  await task.vacated();
  const members: Member[] = await probe("presence-room").members("ann", 2);
  await probe("presence-room").members(
    members.map(({ id }) => id),
    { timeout: 500 },
  );
  const since: Mark = mark();
  const message: Message = await task.triggered("new-message", { id: "m1" }, { times: 2, since });
  await task.received("new-message", (data: { id: string }) => data.id === message.data.id, { by: "ada" });
  await idle({ timeout: 5_000 });
  const happened: Happened<{ status: number }> = await during(() => server.trigger("task-1", "e", 1));
  const triggers: Trigger[] = [...happened.triggers(), ...pusherMockState.triggers()];
  const hook: SentWebhook = await sentWebhook("member_added", { user_id: triggers[0].recipients[0] }, { since });
  const answer: Why = why({ event: "new-message", channel: "task-1", client: "ada", data: { id: "m1" }, since });
  const reasons: Reason[] = [answer, ...answer.others].map(({ reason }) => reason);
  const nearest: string[] | undefined = answer.near[0]?.differences;
  // @ts-expect-error a field that does not exist
  why({ event: reasons[0] + String(nearest), chanel: "task-1" });
  const world = createMockPusher();
  world.why({ event: "new-message", client: world.client() }).timeline satisfies Entry[];
  await world.channel("task-1").subscribed({ by: world.client() });
  await world.during(() => world.idle());
  await world.sentWebhook(hook.events[0].name, undefined, { since: world.mark() });
  // @ts-expect-error a webhook event that does not exist
  await sentWebhook("member_aded");
  // @ts-expect-error an option that does not exist
  await task.subscribed({ byy: client });
}
