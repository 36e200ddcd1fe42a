import type Echo from "laravel-echo";
import type { Hear } from "./pusher-js.js";
import { PusherJsDriver } from "./pusher-js.js";

/** The same through the API of Laravel Echo, which has methods for kinds of channels and its own names for events. */
export class EchoDriver extends PusherJsDriver {
  readonly #echo: Echo<"pusher">;
  readonly #members = new Map<string, Set<string>>();

  constructor(echo: Echo<"pusher">, hear: Hear) {
    super(echo.connector.pusher, hear);
    this.#echo = echo;
  }

  override async subscribe(name: string, events: string[]): Promise<void> {
    const channel = this.#channel(name) as ReturnType<Echo<"pusher">["join"]>;
    for (const event of events) {
      const heard = (data: unknown): void => this.hear(name, event, data);
      if (event.startsWith("client-")) channel.listenForWhisper(event.slice("client-".length), heard);
      // The dot: by its full name, not within the namespace of the application's events.
      else channel.listen(`.${event}`, heard);
    }
    if (name.startsWith("presence-")) this.#watch(name, channel);
    await new Promise<void>((resolve, reject) => {
      channel.subscribed(resolve);
      channel.error(({ error }: { error: string }) => reject(new Error(error)));
    });
  }

  override unsubscribe(name: string): void {
    this.#echo.leaveChannel(name);
    this.#members.delete(name);
  }

  override trigger(name: string, event: string, data: unknown): void {
    const channel = this.#channel(name) as ReturnType<Echo<"pusher">["join"]>;
    channel.whisper(event.slice("client-".length), data as Record<string, unknown>);
  }

  /** Echo knows what is told of members, not their ids; here their info is their name. */
  override list_members(name: string): string[] {
    return [...(this.#members.get(name) ?? [])].toSorted();
  }

  override disconnect(): void {
    this.#echo.disconnect();
  }

  #channel(name: string): unknown {
    const [, kind, rest] = /^(private-encrypted-|private-|presence-)?(.*)$/.exec(name) as RegExpExecArray;
    if (kind === "private-encrypted-") return this.#echo.encryptedPrivate(rest);
    if (kind === "private-") return this.#echo.private(rest);
    if (kind === "presence-") return this.#echo.join(rest);
    return this.#echo.channel(rest);
  }

  #watch(name: string, channel: ReturnType<Echo<"pusher">["join"]>): void {
    type Info = { name: string };
    const present = new Set<string>();
    this.#members.set(name, present);
    channel.here((members: { name: string }[]) => members.forEach((info) => present.add(info.name)));
    channel.joining((info: Info) => present.add(info.name));
    channel.leaving((info: Info) => present.delete(info.name));
  }
}
