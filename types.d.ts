/**
 * `pushrig/types`: what goes over which channel, as types. Nothing of it is there at run time.
 *
 * ```ts
 * import type { Contract, TypedClient, TypedServer } from "pushrig/types";
 *
 * type Realtime = Contract<{
 *   "task-${string}": { "new-message": { id: string } };
 *   "presence-room": { members: { name: string }; "client-typing": { on: boolean } };
 *   "#server-to-user-${string}": { invited: { to: string } };
 * }>;
 *
 * export const pusherServer = new Pusher(options) as TypedServer<Realtime>;
 * export const pusher = new PusherClient(key, options) as TypedClient<Realtime>;
 * ```
 */

import type { MockPusherClient, MockPusherServer } from "./index.js";
// @ts-ignore -- pusher-js need not be installed; its types are then `any`, and ours are taken
import type PusherClient from "pusher-js";

/** `Theirs`, or `Ours` where the package that declares `Theirs` is not installed. */
type Installed<Theirs, Ours> = 0 extends 1 & Theirs ? Ours : Theirs;
// @ts-ignore -- as above. Written so, it needs no `esModuleInterop`: pusher is `export =`.
// oxlint-disable-next-line typescript/consistent-type-imports
type PusherServer = import("pusher");
type AnyServer = Installed<PusherServer, MockPusherServer>;
type AnyClient = Installed<PusherClient, MockPusherClient>;

/* ---------------------------------------------------------------- The contract ---------------------------------------------------------------- */

/**
 * What goes over which channel: names of channels, and for each the names of its events with their data.
 *
 * * In the name of a channel, `${string}` (or `*`) is any text. Of several names that fit, the narrowest counts.
 * * On presence channels `members` is what the members' `user_info` is.
 * * Events that begin with `client-` come from clients, all others from servers.
 * * `"#server-to-user-${string}"` has the events of `sendToUser()` and `client.user`.
 *
 * It is the type that it is given, once that was checked.
 */
export type Contract<Channels extends Sound<Channels>> = Channels;

/** What is wrong with a contract stands in the place of the data's type. */
type Sound<Channels> = {
  [Name in keyof Channels]: Name extends string
    ? NameProblem<Name> extends infer Problem
      ? [Problem] extends [never]
        ? { [Event in keyof Channels[Name]]: EventProblem<Name, Event, Channels[Name][Event]> }
        : Problem
      : never
    : never;
};

type NoCharacter =
  " " | ":" | "/" | "\\" | "+" | "?" | "!" | "&" | "%" | "|" | "(" | ")" | "[" | "]" | "<" | ">" | '"' | "'";

type NameProblem<Name extends string> =
  Pattern<Name> extends `#server-to-user-${string}`
    ? never
    : Name extends `#${string}`
      ? "names of channels have no #; what goes to a user is at #server-to-user-${string}"
      : Name extends `${string}${NoCharacter}${string}`
        ? "names of channels have letters, digits and _ - = @ , . ; in them, and nothing else"
        : never;

type EventProblem<Name extends string, Event, Data> = Event extends `pusher:${string}` | `pusher_internal:${string}`
  ? "events that begin with pusher: are the service's own"
  : Event extends `client-${string}`
    ? Talkative<Pattern<Name>> extends true
      ? Data
      : "client events need a channel that begins with private- or presence-, and is not encrypted"
    : Data;

/** Whether clients may send events there. */
type Talkative<Name extends string> = Name extends `private-encrypted-${string}`
  ? false
  : Name extends `private-${string}` | `presence-${string}`
    ? true
    : false;

/* ---------------------------------------------------------------- Names ---------------------------------------------------------------- */

/** The name in a contract, as a type of the names that it stands for. */
type Pattern<Name extends string> = Name extends `${infer Before}\${string}${infer After}`
  ? `${Before}${string}${Pattern<After>}`
  : Name extends `${infer Before}*${infer After}`
    ? `${Before}${string}${Pattern<After>}`
    : Name;

type Names<C> = keyof C & string;
type ForUsers = `#server-to-user-${string}`;

/** The channels of a contract. */
export type ChannelName<C> = Exclude<{ [Name in Names<C>]: Pattern<Name> }[Names<C>], ForUsers>;

/** The names in the contract that stand for a channel. */
type Fitting<C, Channel extends string> = {
  [Name in Names<C>]: Channel extends Pattern<Name> ? Name : never;
}[Names<C>];

type Narrowest<All extends string, Name extends string = All> = Name extends string
  ? true extends IsWithin<Exclude<All, Name>, Name>
    ? never
    : Name
  : never;
type IsWithin<Name extends string, Other extends string> = Name extends string
  ? Pattern<Name> extends Pattern<Other>
    ? true
    : never
  : never;

/** What the contract says of a channel. */
type At<C, Channel extends string> = C[Narrowest<Fitting<C, Channel>> & keyof C];

type EventOf<Events> = Events extends unknown ? Exclude<keyof Events & string, "members"> : never;
/** On other channels an event may be called so. */
type MembersEvent<Channel extends string, Events> = Channel extends `presence-${string}`
  ? never
  : Events extends unknown
    ? Extract<keyof Events, "members">
    : never;

/** The events of a channel; of several channels, those that all of them have. */
export type EventName<C, Channel extends string> = (
  Channel extends string ? (name: EventOf<At<C, Channel>> | MembersEvent<Channel, At<C, Channel>>) => void : never
) extends (name: infer Event extends string) => void
  ? Event
  : never;

type DataAt<Events, Event extends string> = Events extends unknown
  ? Event extends keyof Events
    ? Events[Event]
    : never
  : never;

/** The data of an event; on several channels, what is right on all of them. */
export type EventData<C, Channel extends string, Event extends string> = (
  Channel extends string ? (data: DataAt<At<C, Channel>, Event>) => void : never
) extends (data: infer Data) => void
  ? Data
  : never;

/** What `user_info` is on a presence channel; `unknown` where the contract does not say. */
export type MemberInfo<C, Channel extends string> =
  At<C, Channel> extends infer Events ? (Events extends { members: infer Info } ? Info : unknown) : never;

/** Names, or where there is none, a sentence that the compiler shows. */
type Or<Name, Sentence> = [Name] extends [never] ? Sentence : Name;

type FromServers<Event extends string> = Exclude<Event, `client-${string}`>;
type FromClients<Event extends string> = Extract<Event, `client-${string}`>;

/* ---------------------------------------------------------------- The server ---------------------------------------------------------------- */

/**
 * npm `pusher`, or the mock, held to a contract: `new Pusher(options) as TypedServer<Realtime>`. `Base` is the class that it was, where
 * that is not npm `pusher`'s.
 */
export type TypedServer<C, Base = AnyServer> = Omit<Base, keyof Publishing<C, unknown>> &
  Publishing<C, Base extends { triggerBatch(...args: never[]): infer Answer } ? Answer : Promise<unknown>>;

interface Publishing<C, Answer> {
  trigger<Channel extends ChannelName<C>, Event extends ServerEvent<C, Channel>>(
    channel: Channel | Channel[],
    event: Event,
    data: EventData<C, Channel, Event>,
    params?: TriggerParams,
  ): Answer;
  triggerBatch(batch: BatchEvent<C>[]): Answer;
  sendToUser<Id extends string, Event extends UserEvent<C, Id>>(
    userId: Id,
    event: Event,
    data: EventData<C, `#server-to-user-${Id}`, Event>,
  ): Answer;
  authorizeChannel<Channel extends string>(
    socketId: string,
    channel: Channel,
    data?: PresenceData<C, Channel>,
  ): { auth: string; channel_data?: string; shared_secret?: string };
}

type ServerEvent<C, Channel extends string> = Or<
  FromServers<EventName<C, Channel>>,
  `the contract has no event of ${Channel} that comes from a server`
>;
type UserEvent<C, Id extends string> = Or<
  EventName<C, `#server-to-user-${Id}`>,
  "the contract has no events of users: they are at #server-to-user-${string}"
>;

interface TriggerParams {
  socket_id?: string;
  info?: string;
}

/** One event of `triggerBatch()`. */
export type BatchEvent<C> = {
  [Name in Names<C>]: Pattern<Name> extends ForUsers
    ? never
    : {
        [Event in FromServers<EventName<C, Pattern<Name>>>]: TriggerParams & {
          channel: Pattern<Name>;
          name: Event;
          data: EventData<C, Pattern<Name>, Event>;
        };
      }[FromServers<EventName<C, Pattern<Name>>>];
}[Names<C>];

/** Who a client is on a presence channel. With a name that is only known as `string`, any of the contract's presence channels is meant. */
interface PresenceData<C, Channel extends string> {
  user_id: string;
  user_info?: string extends Channel
    ? MemberInfo<C, Extract<ChannelName<C>, `presence-${string}`>>
    : MemberInfo<C, Channel>;
}

/* ---------------------------------------------------------------- The client ---------------------------------------------------------------- */

/**
 * `pusher-js`, or the mock, held to a contract: `new PusherClient(key, options) as TypedClient<Realtime>`. `Base` is the class that it
 * was, where that is not pusher-js's: `TypedClient<Realtime, MockPusherClient>`.
 */
export type TypedClient<C, Base = AnyClient> = Omit<Base, keyof Subscribing<C, Base>> & Subscribing<C, Base>;

interface Subscribing<C, Base> {
  subscribe<Name extends ChannelName<C>>(name: Name): TypedChannel<C, Name, Base>;
  channel<Name extends ChannelName<C>>(name: Name): TypedChannel<C, Name, Base>;
  unsubscribe(name: ChannelName<C>): void;
  user: TypedUser<C, Base>;
}

type ChannelOf<Base> = Base extends { subscribe(name: string): infer Own } ? Own : never;
type UserOf<Base> = Base extends { user: infer Own } ? Own : never;

/** What `subscribe()` answers; on presence channels it has `members`. */
export type TypedChannel<C, Name extends string, Base = AnyClient> = Omit<
  ChannelOf<Base>,
  keyof Listening<C, Name> | "name" | "trigger"
> &
  Listening<C, Name> & { name: Name } & {
    trigger<Event extends ClientEvent<C, Name>>(event: Event, data: EventData<C, Name, Event>): boolean;
  } & (Name extends `presence-${string}` ? { members: TypedMembers<MemberInfo<C, Name>> } : unknown);

/** What `client.user` is. */
export type TypedUser<C, Base = AnyClient> = Omit<UserOf<Base>, "bind" | "unbind"> & {
  bind<Event extends UserEvent<C, string>>(
    event: Event,
    callback: (data: EventData<C, ForUsers, Event>) => void,
    context?: unknown,
  ): unknown;
  unbind(event?: UserEvent<C, string>, callback?: (data: never) => void, context?: unknown): unknown;
};

interface Listening<C, Name extends string> {
  bind<Event extends EventName<C, Name> | ServiceEvent>(
    event: Event,
    callback: (data: Received<C, Name, Event>, metadata?: { user_id?: string }) => void,
    context?: unknown,
  ): this;
  unbind(
    event?: EventName<C, Name> | ServiceEvent,
    callback?: (data: never, metadata?: { user_id?: string }) => void,
    context?: unknown,
  ): this;
}

type Received<C, Name extends string, Event extends string> = Event extends keyof ServiceEvents<C, Name>
  ? ServiceEvents<C, Name>[Event]
  : EventData<C, Name, Event>;

type ServiceEvent =
  | "pusher:subscription_succeeded"
  | "pusher:subscription_error"
  | "pusher:subscription_count"
  | "pusher:cache_miss"
  | "pusher:member_added"
  | "pusher:member_removed";

/** What the service itself sends. */
interface ServiceEvents<C, Name extends string> extends Record<ServiceEvent, unknown> {
  "pusher:subscription_succeeded": Name extends `presence-${string}` ? TypedMembers<MemberInfo<C, Name>> : unknown;
  "pusher:subscription_error": { type: string; error: string; status?: number };
  "pusher:subscription_count": { subscription_count: number };
  "pusher:cache_miss": unknown;
  "pusher:member_added": Member<MemberInfo<C, Name>>;
  "pusher:member_removed": Member<MemberInfo<C, Name>>;
}

type ClientEvent<C, Name extends string> =
  Talkative<Name> extends true
    ? Or<FromClients<EventName<C, Name>>, `the contract has no event of ${Name} that begins with client-`>
    : "client events need a channel that begins with private- or presence-, and is not encrypted";

/** Somebody on a presence channel. */
export interface Member<Info> {
  id: string;
  info: Info;
}

/** Who is on a presence channel. */
export interface TypedMembers<Info> {
  /** By id. */
  members: Record<string, Info>;
  count: number;
  myID: string;
  me: Member<Info>;
  get(id: string): Member<Info> | null;
  each(callback: (member: Member<Info>) => void): void;
}

/* ---------------------------------------------------------------- Schemas ---------------------------------------------------------------- */

/** A schema of zod, valibot, arktype and others: https://standardschema.dev. */
export interface StandardSchema<Input = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => unknown;
    readonly types?: { readonly input: Input; readonly output: unknown } | undefined;
  };
}

/** A contract as schemas: what the file that `pushrig({ contract })` names exports. */
export interface Schemas {
  [channel: string]: { [event: string]: StandardSchema };
}

/** The contract that schemas describe: `ContractOf<typeof schemas>`. Data is what is sent, ahead of what a schema makes of it. */
export type ContractOf<Channels> = {
  [Name in keyof Channels]: { [Event in keyof Channels[Name]]: InputOf<Channels[Name][Event]> };
};
type InputOf<Schema> = Schema extends { readonly "~standard": { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly input: infer Input }
    ? Input
    : unknown
  : never;
