/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { AppCredentials } from "../options/app.js";
import type { MockPusherClientOptions } from "../options/client.js";
import { failsTest, reportCallbackError } from "../events/callback-errors.js";
import { attachmentOf } from "../app/elsewhere.js";
import type { Rig } from "../app/rig.js";
import { credentialsThere } from "../base/attachment.js";
import { throwUncaught } from "../base/uncaught.js";
import { USER_CHANNEL } from "../base/user-channel.js";
import type { Place } from "../base/weak-list.js";
import { MOCK_CREDENTIALS } from "../options/defaults.js";
import type { ClientSigner } from "./authorization/authorization.js";
import { type Note, thrown } from "../app/journal.js";
import { endpoints } from "./on-demand.js";
import type { Bindable, MockSide, BindingPlace } from "./owner.js";

/** The client, as its mock's side looks at it. */
interface Client {
  readonly connectionId: string;
  options: MockPusherClientOptions;
  user: { user_data: any; forget(): void };
  readonly channels: { find(name: string): unknown; forgetAll(): void };
  readonly connection: { readonly taken: number; readonly taking: number | undefined; readonly isOpen: boolean };
  channel(name: string): { name: string };
}

/** What a client has of its rig: for its channels and user facade, and to sign where the application does not. */
export class RigSide implements MockSide, ClientSigner {
  readonly #rig: Rig;
  readonly #client: Client;
  readonly bindingsChanged: () => void;
  /** As the journal knows the client: a number that no other of this process has, and what the test calls it. */
  readonly identity: { readonly number: number; readonly name: string | undefined };
  #use: Place<{ onReset(): void }> | undefined;

  constructor(rig: Rig, client: Client, bindingsChanged: () => void, name: string | undefined) {
    this.#rig = rig;
    this.#client = client;
    this.bindingsChanged = bindingsChanged;
    this.identity = { number: rig.journal.nextClient(), name };
  }

  noteUse(): void {
    this.#use ??= this.#rig.clientsInUse.add(this);
  }

  /** Answers its app's reset. */
  onReset(): void {
    const { channels, user } = this.#client;
    channels.forgetAll();
    user.forget();
    this.bindingsChanged();
    if (this.#use === undefined) return;
    this.#rig.clientsInUse.remove(this.#use);
    this.#use = undefined;
  }

  noteBound(place: BindingPlace, event: string | undefined): void {
    if (!isNoted(place, event)) return;
    const { number, name } = this.identity;
    const { connection } = this.#client;
    const { journal } = this.#rig;
    journal.note({
      kind: "bound",
      client: number,
      channel: channelOf(place),
      event,
      taken: connection.taken,
      line: journal.line(),
      // Who has no connection so far is not in the journal under that name.
      ...(name !== undefined && !connection.isOpen && { name }),
      ...(this.#isStale(place) && { stale: true }),
    });
  }

  noteUnbound(place: BindingPlace, event: string | undefined, count: number): void {
    if (!isNoted(place, event) || this.#isStale(place)) return;
    const { journal } = this.#rig;
    journal.note({ ...this.#unbound(place, event, count), line: journal.line() });
  }

  noteLetGo(channel: Bindable): void {
    if (!isNoted(channel, undefined)) return;
    const { journal } = this.#rig;
    for (const [event, callbacks] of channel.callbacks.events) {
      if (isNoted(channel, event)) {
        journal.note({ ...this.#unbound(channel, event, callbacks.length), by: "unsubscribe", line: journal.line() });
      }
    }
    const { length } = channel.global_callbacks;
    if (length > 0) {
      journal.note({ ...this.#unbound(channel, undefined, length), by: "unsubscribe", line: journal.line() });
    }
  }

  noteSubscribing(channelName: string): void {
    if (channelName.startsWith("#")) return;
    const { journal } = this.#rig;
    const { number, name } = this.identity;
    const isNew = name !== undefined && !this.#client.connection.isOpen;
    const asked = { client: number, channel: channelName, ...(isNew && { name }) };
    journal.note({ kind: "subscribing", ...asked, line: journal.line() });
  }

  noteRefused(channelName: string | undefined, error: Error): void {
    const { status } = error as { status?: unknown };
    this.#rig.journal.note({
      kind: "refused",
      client: this.identity.number,
      channel: channelName,
      text: String((error as Partial<Error> | null)?.message ?? thrown(error)),
      ...(typeof status === "number" && status > 0 && { code: status }),
    });
  }

  /** Whether it is a channel object that the client has let go of. */
  #isStale(place: BindingPlace): boolean {
    return typeof place === "object" && this.#client.channels.find(place.name) !== place;
  }

  /** A callback that takes itself out has had the event that it is called with. */
  #unbound(place: BindingPlace, event: string | undefined, count: number): Note {
    const { taken, taking = taken } = this.#client.connection;
    return {
      kind: "unbound",
      client: this.identity.number,
      channel: channelOf(place),
      event,
      taken: taking,
      ...(count !== 1 && { count }),
    };
  }

  get countsArgumentsAsPusherJs(): boolean {
    return this.#rig.settings.delivery === "network";
  }

  callbackFailed(place: { channel?: string; event: string }, error: unknown): void {
    this.#rig.journal.note({
      kind: "threw",
      client: this.identity.number,
      channel: place.channel,
      event: place.event,
      cause: this.#client.connection.taking,
      text: thrown(error),
    });
    reportCallbackError(this.#rig, place, error);
  }

  authorize<Callback extends (...answer: any[]) => void>(
    channelName: string | undefined,
    callback: Callback,
    ask: (answer: Callback) => void,
  ): void {
    const answered = this.#rig.authorizing(this.#client.connectionId, channelName);
    const answer = (...what: any[]): void => {
      answered();
      callback(...what);
    };
    const failure = this.#rig.conditions.authorizing(channelName ?? "user");
    if (failure !== undefined) {
      // As from an endpoint: whoever has just subscribed can bind to the error.
      const refuse = (): void => answer(endpoints().plannedError(failure, this.#client.options, channelName), null);
      (this.delay() ?? Promise.resolve()).then(refuse).catch(throwUncaught);
      return;
    }
    try {
      ask(answer as Callback);
    } catch (error) {
      answered();
      throw error;
    }
  }

  get app(): AppCredentials {
    const { app } = this.#rig;
    const there = attachmentOf(this.#rig);
    if (there === undefined) return app;
    const { id = app.id, key, secret } = credentialsThere(there, app, MOCK_CREDENTIALS);
    return { id, key, secret, cluster: app.cluster };
  }

  get secret(): string {
    const { key, secret } = this.app;
    return (attachmentOf(this.#rig) === undefined && this.#rig.secretOf(key)) || secret;
  }

  get debug(): boolean {
    return this.#rig.settings.debug;
  }

  get encryptionMasterKey(): Uint8Array | undefined {
    return this.#rig.encryptionMasterKey;
  }

  get connectionId(): string {
    return this.#client.connectionId;
  }

  get user(): MockPusherClientOptions["user"] {
    return this.#client.options.user;
  }

  get signedIn(): any {
    return this.#client.user.user_data;
  }

  routeFailed(whose: string, error: unknown): void {
    if (failsTest(this.#rig, error)) return;
    console.error(`pushrig: the route handler ${whose} threw:`, error);
  }

  delay(): Promise<void> | undefined {
    return this.#rig.settings.delivery === "network" ? this.#rig.delay() : undefined;
  }

  channel(name: string): { name: string } {
    return this.#client.channel(name);
  }
}

/** Events of the protocol, and channels that are its own, are nobody's question. */
function isNoted(place: BindingPlace, event: string | undefined): boolean {
  const isOwn = typeof place === "object" && place.name.startsWith("#");
  return !isOwn && !(event?.startsWith("pusher:") || event?.startsWith("pusher_internal:"));
}

function channelOf(place: BindingPlace): string | undefined {
  if (place === "user") return USER_CHANNEL;
  return place === "client" ? undefined : place.name;
}
