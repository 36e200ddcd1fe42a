/** `channel(name)` and what else a page waits for: the gateway waits, and its texts are those of Node. */

import { show } from "../base/shown.js";
import type { Match, Question, Who, Why } from "../journal/question.js";
import { JOURNAL, type Subject, type WaitOptions } from "../journal/subject.js";
import { checkName } from "../mock/asked.js";
import type { Message } from "../mock/message.js";
import type { ChannelProbe, Member, ReceivedOptions, SubscribedOptions, TriggeredOptions } from "../mock/probe.js";
import { awaited } from "../app/waiter.js";
import { application } from "./application.js";
import { caughtUp, idOf } from "./clients.js";
import { ask } from "./gateway.js";
import { atCaller } from "./later.js";

export class TabProbe implements ChannelProbe {
  readonly name: string;

  constructor(name: string) {
    checkName(name, "channel()", "a channel", "task-1");
    this.name = name;
  }

  [JOURNAL](): Subject {
    return { app: application, channel: this.name };
  }

  subscribed(options: SubscribedOptions = {}): Promise<string[]> {
    return this.#wait("subscribed", options, {}, TabProbe.prototype.subscribed);
  }

  vacated(options: WaitOptions = {}): Promise<void> {
    return this.#wait("vacated", options, {}, TabProbe.prototype.vacated);
  }

  members(...ids: Array<string | number>): Promise<Member[]>;
  members(ids: ReadonlyArray<string | number>, options?: WaitOptions): Promise<Member[]>;
  members(...given: unknown[]): Promise<Member[]> {
    const isListed = Array.isArray(given[0]);
    const ids = isListed ? given[0] : given.length === 0 ? undefined : given;
    return this.#wait("members", (isListed ? given[1] : undefined) ?? {}, { ids }, TabProbe.prototype.members);
  }

  triggered(event: string, data?: Match, options: TriggeredOptions = {}): Promise<Message> {
    return this.#wait("triggered", options, { event, data }, TabProbe.prototype.triggered);
  }

  received(event: string, data?: Match, options: ReceivedOptions = {}): Promise<Message> {
    return this.#wait("received", options, { event, data }, TabProbe.prototype.received);
  }

  #wait<T>(method: string, options: object, asked: object, entry: (...args: never[]) => unknown): Promise<T> {
    const call = `channel(${show(this.name)}).${method}()`;
    return waitThere(call, { for: method, channel: this.name, ...asked, ...options }, entry);
  }
}

/** As the gateway answers it, and once this page has had it too. */
export function waitThere<T>(call: string, wish: object, entry: (...args: never[]) => unknown): Promise<T> {
  const answer = async (): Promise<T> => {
    checkData((wish as { data?: unknown }).data, call);
    await caughtUp();
    const { result } = await ask<{ result: T }>("wait", asJson(wish));
    await caughtUp();
    return result;
  };
  return awaited(call, atCaller(answer()), entry);
}

export async function whyThere(question: Question): Promise<Why> {
  checkData(question.data, "why()");
  await caughtUp();
  return ask<Why>("why", asJson(question));
}

/** What can be sent: clients by their ids, once they have one. */
function asJson(wish: object): object {
  const { by, client } = wish as { by?: Who; client?: Who };
  return { ...wish, ...(by !== undefined && { by: idOf(by) }), ...(client !== undefined && { client: idOf(client) }) };
}

/** Data is sent as JSON: what judges by itself cannot go there. */
function checkData(data: unknown, call: string): void {
  if (typeof data === "function" || data instanceof RegExp || isAsymmetric(data)) {
    throw new TypeError(
      `pushrig: in a page ${call} has its data compared by the gateway, where ${show(data)} cannot go: give it the data itself, or as much ` +
        `of it as matters, or write await expect(channel(name)).toHaveTriggered(event, data), which compares here`,
    );
  }
  if (typeof data !== "object" || data === null) return;
  for (const part of Object.values(data)) checkData(part, call);
}

function isAsymmetric(value: unknown): boolean {
  return typeof (value as { asymmetricMatch?: unknown } | null | undefined)?.asymmetricMatch === "function";
}
