/** Who is on a channel, and why others are not: what `subscribed()`, `vacated()` and `members()` look at. */

import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import type { WaitingNow } from "../base/timers.js";
import type { Entry, Page } from "../journal/entry.js";
import { Histories, STEPS, type ConnectionHistory } from "../journal/history.js";
import { idOf, type Who } from "../journal/question.js";
import { at, because } from "../journal/reasons/case.js";
import { timeline } from "../journal/sentences.js";
import { Clients, type KnownClient } from "../journal/who.js";
import { showMilliseconds } from "../app/fake-timers.js";

/** Entries that a text shows at most: the latest. */
const MOST_SHOWN = 10;
/** Clients that a text speaks of one by one. */
const MOST_TOLD = 5;

export class Whereabouts {
  readonly channel: string;
  readonly clients: Clients;
  readonly #page: Page;
  readonly #histories: Histories;

  constructor(page: Page, channel: string) {
    this.#page = page;
    this.channel = channel;
    this.clients = new Clients(page);
    this.#histories = new Histories(page, this.clients);
  }

  /** Behind all that has happened. */
  get #now(): number {
    return this.#page.last + 1;
  }

  /** Who is subscribed now. */
  get present(): KnownClient[] {
    return this.clients.all.filter((client) => this.isOn(client, this.channel));
  }

  isOn(client: KnownClient, channel: string): boolean {
    return this.#histories.of(client).at(this.#now, channel).isSubscribed;
  }

  /** The name by which every waiter finds the client again. */
  nameOf({ name, connections }: KnownClient): string {
    return name ?? connections.at(-1) ?? "";
  }

  /** The end of a message about a client that there is not: who is connected. */
  insteadOf(who: Who): string {
    const isThere = (client: KnownClient) => this.#histories.of(client).isConnectedAt(this.#now);
    return this.clients.insteadOf(who, this.clients.all.filter(isThere));
  }

  /** Whether the client will not be on the channel any more, unless somebody does something for it. */
  isOut(client: KnownClient, who: Who): boolean {
    if (this.isOn(client, this.channel)) return false;
    return this.isGone(client, who) || this.#lastStep(client)?.kind === "refused";
  }

  /** Whether the client does not come back by itself. */
  isGone(client: KnownClient, who: Who): boolean {
    const closed = this.#ended(client)?.closed;
    if (closed === undefined) return false;
    // A page that connects anew is another socket.
    if (client.door === "socket") return client.connections.includes(idOf(who));
    const { by, code = 0 } = closed;
    return by === "client" || by === "collected" || (code >= 4000 && code < 4100);
  }

  /** Why the client is not on the channel, as a sentence without its end. */
  whyAbsent(client: KnownClient, waiting: readonly WaitingNow[]): string {
    const who = this.clients.label(client);
    const channel = show(this.channel);
    const closed = this.#ended(client)?.closed;
    if (closed !== undefined) {
      const retry = waiting.find(({ what, whom }) => what === "retry" && client.connections.includes(whom));
      const back = retry === undefined ? "" : `; it reconnects in ${showMilliseconds(retry.remaining)}`;
      return `${who} is not connected since #${closed.seq}${at(closed)}${because(closed)}${back}`;
    }
    const step = this.#lastStep(client);
    if (step === undefined) {
      const others = this.#histories.of(client).channels;
      const named = others.length === 0 ? "" : `; it did to ${inWords(others.map(show))}`;
      return `${who} never subscribed to ${channel}${named}`;
    }
    if (step.kind === "refused") return `${channel} was refused to ${who} at #${step.seq}${at(step)}${because(step)}`;
    if (step.kind === "subscribing")
      return `${who} asked for ${channel} at #${step.seq}${at(step)}, and has no answer yet`;
    if (step.by === "close" || step.kind === "closed")
      return `${who} lost ${channel} with its connection at #${step.seq}`;
    return `${who} left ${channel} at #${step.seq}${at(step)}`;
  }

  /** Why nobody else is there: of those who have to do with the channel, or else of all. */
  whyAbsentAll(waiting: readonly WaitingNow[]): string[] {
    const absent = this.clients.all.filter(
      (client) => client.connections.length > 0 && !this.isOn(client, this.channel),
    );
    if (this.clients.all.length === 0) return ["No client has connected."];
    const concerned = absent.filter((client) => this.#lastStep(client) !== undefined);
    const told = concerned.length > 0 ? concerned : absent;
    const lines = told.slice(0, MOST_TOLD).map((client) => `${this.whyAbsent(client, waiting)}.`);
    if (told.length > MOST_TOLD) lines.push(`And so on, ${told.length - MOST_TOLD} clients more.`);
    return lines;
  }

  /** A channel of nearly this name, on which somebody is. */
  meant(): string | undefined {
    const names = this.clients.all.flatMap((client) => {
      const { channels } = this.#histories.of(client);
      return channels.filter((channel) => this.isOn(client, channel));
    });
    const near = nearest(this.channel, new Set(names));
    return near === undefined ? undefined : `Did you mean ${show(near)}? Somebody is subscribed to that.`;
  }

  /** What has happened on the channel, the latest of it. */
  timeline(): string | undefined {
    const steps = this.#page.entries.filter(({ channel }) => channel === this.channel);
    const shown = steps.filter(({ kind }) => STEPS.includes(kind)).slice(-MOST_SHOWN);
    return shown.length === 0 ? undefined : timeline(shown, this.clients);
  }

  #lastStep(client: KnownClient): Entry | undefined {
    return this.#histories.of(client).steps(this.channel).at(-1);
  }

  /** The connection that has ended last, of a client that has none now. */
  #ended(client: KnownClient): ConnectionHistory | undefined {
    const history = this.#histories.of(client);
    return history.isConnectedAt(this.#now) ? undefined : history.connections.at(-1);
  }
}

/** `a`, `a and b`, `a, b and c`; of many the first ones. */
export function inWords(names: readonly string[]): string {
  if (names.length > MOST_SHOWN)
    return `${names.slice(0, MOST_SHOWN).join(", ")} and ${names.length - MOST_SHOWN} more`;
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
