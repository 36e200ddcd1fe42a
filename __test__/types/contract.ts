/** Contracts: what compiles and what does not, with and without `pusher` and `pusher-js`. Compiled, not run. */

import { MockPusherClient, MockPusherServer, createMockPusher } from "pushrig";
import type {
  BatchEvent,
  ChannelName,
  Contract,
  ContractOf,
  EventData,
  EventName,
  Member,
  StandardSchema,
  TypedClient,
  TypedMembers,
  TypedServer,
} from "pushrig/types";

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(...problem: Same<A, B> extends true ? [] : ["these types differ", A, B]): void;

export type Realtime = Contract<{
  "task-${string}": { "new-message": { id: string; text?: string }; "task-title-update": { title: string } };
  "task-archive": { archived: { ids: string[] } };
  "workspace-*": { "task-title-update": { title: string; taskId: string } };
  "private-task-*": { "new-message": { id: string }; "client-draft": { text: string } };
  "presence-room": { members: { name: string }; started: { at: number }; "client-typing": { on: boolean } };
  "presence-lobby": { members: { nick: string } };
  "private-encrypted-notes": { written: string };
  "#server-to-user-${string}": { invited: { to: string } };
}>;

same<
  ChannelName<Realtime>,
  | `task-${string}`
  | "task-archive"
  | `workspace-${string}`
  | `private-task-${string}`
  | "presence-room"
  | "presence-lobby"
  | "private-encrypted-notes"
>();
same<EventName<Realtime, "task-1">, "new-message" | "task-title-update">();
same<EventName<Realtime, "task-archive">, "archived">();
same<EventName<Realtime, "presence-room">, "started" | "client-typing">();
same<EventData<Realtime, "task-1", "new-message">, { id: string; text?: string }>();
same<EventData<Realtime, "private-task-9", "client-draft">, { text: string }>();

/* Servers */

const server = new MockPusherServer({ key: "key" }) as TypedServer<Realtime>;
const own = createMockPusher().server as TypedServer<Realtime, MockPusherServer>;
export const config: object = own.config;
const id: number = Number("7");

void server.trigger("task-1", "new-message", { id: "m1" });
void server.trigger(`task-${id}`, "new-message", { id: "m1", text: "hello" }, { socket_id: "1.2" });
void server.trigger(["task-1", "task-2"], "new-message", { id: "m1" });
void server.trigger(["task-1", "workspace-acme"], "task-title-update", { title: "Ship it", taskId: "1" });
void server.trigger("task-archive", "archived", { ids: ["1"] });
void server.trigger("presence-room", "started", { at: 1 });
void server.trigger("private-encrypted-notes", "written", "text");
void server.terminateUserConnections("ada");
export const query: string = server.createSignedQueryString({ method: "GET", path: "/apps/1/channels" });

// @ts-expect-error a channel that the contract does not have
void server.trigger("tsk-1", "new-message", { id: "m1" });
// @ts-expect-error any text at all
void server.trigger(String(id), "new-message", { id: "m1" });
// @ts-expect-error an event that the channel does not have
void server.trigger("task-1", "new_message", { id: "m1" });
// @ts-expect-error an event of the wider name: the narrowest counts
void server.trigger("task-archive", "new-message", { id: "m1" });
// @ts-expect-error a field of another type
void server.trigger("task-1", "new-message", { id: 1 });
// @ts-expect-error a field that is missing
void server.trigger("task-1", "new-message", {});
// @ts-expect-error a field that nobody knows
void server.trigger("task-1", "new-message", { id: "m1", author: "ada" });
// @ts-expect-error no data
void server.trigger("task-1", "new-message");
// @ts-expect-error an event of one of the two channels only
void server.trigger(["task-1", "workspace-acme"], "new-message", { id: "m1" });
// @ts-expect-error what the other of the two channels needs is missing
void server.trigger(["task-1", "workspace-acme"], "task-title-update", { title: "Ship it" });
// @ts-expect-error client events come from clients
void server.trigger("presence-room", "client-typing", { on: true });
// @ts-expect-error members are no event
void server.trigger("presence-room", "members", { name: "Ada" });
// @ts-expect-error a channel without any event that comes from a server
void server.trigger("presence-lobby", "started", {});
// @ts-expect-error the channels of users are for sendToUser
void server.trigger("#server-to-user-ada", "invited", { to: "task-1" });

const batch: BatchEvent<Realtime>[] = [{ channel: "task-1", name: "new-message", data: { id: "m1" } }];
batch.push({
  channel: "workspace-acme",
  name: "task-title-update",
  data: { title: "a", taskId: "1" },
  info: "user_count",
});
void server.triggerBatch(batch);
void server.triggerBatch([{ channel: `task-${id}`, name: "new-message", data: { id: "m1" }, socket_id: "1.2" }]);
// @ts-expect-error the data of another event
void server.triggerBatch([{ channel: "task-1", name: "new-message", data: { title: "Ship it" } }]);
// @ts-expect-error an event that the channel does not have
void server.triggerBatch([{ channel: "workspace-acme", name: "new-message", data: { id: "m1" } }]);
// @ts-expect-error client events come from clients
void server.triggerBatch([{ channel: "presence-room", name: "client-typing", data: { on: true } }]);

void server.sendToUser("ada", "invited", { to: "task-1" });
void server.sendToUser(String(id), "invited", { to: "task-1" });
// @ts-expect-error an event that users do not get
void server.sendToUser("ada", "new-message", { id: "m1" });
// @ts-expect-error a field of another type
void server.sendToUser("ada", "invited", { to: 1 });

server.authorizeChannel("1.2", "private-task-1").auth satisfies string;
server.authorizeChannel("1.2", "presence-room", { user_id: "ada", user_info: { name: "Ada" } });
server.authorizeChannel("1.2", String(id), { user_id: "ada", user_info: { name: "Ada" } });
// @ts-expect-error what the members of this channel are not
server.authorizeChannel("1.2", "presence-room", { user_id: "ada", user_info: { nick: "ada" } });
// @ts-expect-error what the members of no channel are
server.authorizeChannel("1.2", String(id), { user_id: "ada", user_info: { title: "Dr." } });

/* Clients */

const client = new MockPusherClient("key", { cluster: "eu" }) as TypedClient<Realtime>;
export const connectionId: string = (client as TypedClient<Realtime, MockPusherClient>).connectionId;
client.connection.bind("connected", () => {});

const task = client.subscribe("task-1");
export const subscribed: boolean = task.subscribed;
same<typeof task.name, "task-1">();
task
  .bind("new-message", (data, metadata) => {
    same<typeof data, { id: string; text?: string }>();
    same<typeof metadata, { user_id?: string } | undefined>();
  })
  .bind("task-title-update", async ({ title }) => title satisfies string)
  .bind("new-message", (data: { id: string }) => data.id)
  .bind("pusher:subscription_count", ({ subscription_count }) => subscription_count satisfies number)
  .bind("pusher:subscription_error", ({ status }) => status satisfies number | undefined)
  .unbind("new-message")
  .bind_global(() => {});
const update = ({ title }: { title: string }) => title;
task.bind("task-title-update", update);
task.unbind("task-title-update", update);
task.unbind();
client.subscribe(`task-${id}`).bind("new-message", (data) => data.id satisfies string);
client.channel("task-1").bind("new-message", (data) => data.id satisfies string);
client.unsubscribe("task-1");

// @ts-expect-error a channel that the contract does not have
client.subscribe("tsk-1");
// @ts-expect-error as above
client.unsubscribe("tsk-1");
// @ts-expect-error an event that the channel does not have
task.bind("new_message", () => {});
// @ts-expect-error as above
task.unbind("new_message");
// @ts-expect-error a callback that expects something else
task.bind("new-message", (data: { messageId: string }) => data.messageId);
// @ts-expect-error clients of public channels send nothing
task.trigger("new-message", { id: "m1" });

const privateTask = client.subscribe("private-task-1");
privateTask.trigger("client-draft", { text: "Hel" }) satisfies boolean;
privateTask.bind("client-draft", ({ text }, metadata) => [text, metadata?.user_id] satisfies unknown[]);
// @ts-expect-error events of servers come from servers
privateTask.trigger("new-message", { id: "m1" });
// @ts-expect-error a field of another type
privateTask.trigger("client-draft", { text: 1 });
// @ts-expect-error clients of encrypted channels send nothing
client.subscribe("private-encrypted-notes").trigger("client-written", "text");

const room = client.subscribe("presence-room");
same<typeof room.members, TypedMembers<{ name: string }>>();
room.members.me.info.name satisfies string;
room.members.get("ada")?.info.name satisfies string | undefined;
room.members.each((member) => same<typeof member, Member<{ name: string }>>());
room.bind("pusher:subscription_succeeded", (members) => members.count satisfies number);
room.bind("pusher:member_added", (member) => same<typeof member, Member<{ name: string }>>());
room.trigger("client-typing", { on: true });
// @ts-expect-error what the members of this channel are not
room.bind("pusher:member_removed", (member: { id: string; info: { nick: string } }) => member);
// @ts-expect-error only presence channels have members
void task.members;

client.user.bind("invited", ({ to }) => to satisfies string);
client.user.signinDonePromise.then(
  () => {},
  () => {},
);
// @ts-expect-error an event that users do not get
client.user.bind("new-message", () => {});

/** Where a contract says nothing of members and users. */
type Small = Contract<{ "presence-*": { started: {} } }>;
const small = client as unknown as TypedClient<Small>;
same<typeof small extends { subscribe(name: "presence-1"): { members: infer M } } ? M : never, TypedMembers<unknown>>();
// @ts-expect-error the contract has no events of users
small.user.bind("invited", () => {});
// @ts-expect-error and none that clients send
small.subscribe("presence-1").trigger("client-typing", {});

/* Index signatures of TypeScript's own say the same. */
type Indexed = Contract<{ [task: `task-${string}`]: { "new-message": { id: string } }; room: { started: {} } }>;
const indexed = server as unknown as TypedServer<Indexed>;
void indexed.trigger("task-1", "new-message", { id: "m1" });
void indexed.trigger("room", "started", {});
// @ts-expect-error an event of the other
void indexed.trigger("room", "new-message", { id: "m1" });

/* What no contract may say. */

// @ts-expect-error clients of public channels send nothing
export type Public = Contract<{ "task-*": { "client-typing": {} } }>;
// @ts-expect-error nor do those of encrypted ones
export type Encrypted = Contract<{ "private-encrypted-*": { "client-typing": {} } }>;
// @ts-expect-error a character that names of channels do not have
export type Colon = Contract<{ "task:*": { "new-message": {} } }>;
// @ts-expect-error the service's own events
export type Reserved = Contract<{ "task-*": { "pusher:ping": {} } }>;
// @ts-expect-error a channel of users by another name
export type Hash = Contract<{ "#user-*": { invited: {} } }>;

/* Schemas */

declare const message: StandardSchema<{ id: string }>;
declare const info: StandardSchema<{ name: string }>;
const schemas = { "task-*": { "new-message": message }, "presence-room": { members: info } };
same<
  ContractOf<typeof schemas>,
  { "task-*": { "new-message": { id: string } }; "presence-room": { members: { name: string } } }
>();
const described = server as unknown as TypedServer<ContractOf<typeof schemas>>;
void described.trigger("task-1", "new-message", { id: "m1" });
// @ts-expect-error a field of another type
void described.trigger("task-1", "new-message", { id: 1 });
