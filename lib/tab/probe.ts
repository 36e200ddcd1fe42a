/** `channel(name)` and what else a page waits for: the gateway waits, and its texts are those of Node. */

import { show } from "../base/shown.js";
import { behindData } from "../journal/behind-data.js";
import type { Match, Question, Who, Why } from "../journal/question.js";
import { JOURNAL, type Subject, type WaitOptions } from "../journal/subject.js";
import { checkName } from "../mock/asked.js";
import type { Message } from "../mock/message.js";
import type { ChannelProbe, Member, ReceivedOptions, SubscribedOptions, TriggeredOptions } from "../mock/probe.js";
import { checkOptions, checkQuestion } from "../remote/arguments.js";
import { requireJson, whoText } from "../remote/as-json.js";
import { awaited } from "../app/waiter.js";
import { application } from "./application.js";
import { caughtUp } from "./clients.js";
import { askGateway } from "./gateway.js";
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

  triggered(event: string, data?: Match, options?: TriggeredOptions): Promise<Message> {
    return this.#wait("triggered", options, { event, data }, TabProbe.prototype.triggered);
  }

  received(event: string, data?: Match, options?: ReceivedOptions): Promise<Message> {
    return this.#wait("received", options, { event, data }, TabProbe.prototype.received);
  }

  #wait<T>(
    method: string,
    options: WaitOptions | undefined,
    asked: object,
    entry: (...args: never[]) => unknown,
  ): Promise<T> {
    const call = `channel(${show(this.name)}).${method}()`;
    return waitThere(call, { for: method, channel: this.name, ...asked }, options, entry);
  }
}

/** As the gateway answers it, and once this page has had it too. */
export function waitThere<T>(
  call: string,
  asked: Wish,
  options: WaitOptions | undefined,
  entry: (...args: never[]) => unknown,
): Promise<T> {
  const answer = async (): Promise<T> => {
    const wish: Wish = { ...asked, ...checkedOptions(call, asked, options) };
    requireJson(wish.data, `data of ${call}`);
    requireJson(wish.match, `what ${call} compares`);
    await caughtUp();
    const { by } = wish;
    // A client has its id once it is connected.
    const { result } = await askGateway<{ result: T }>(
      "wait",
      by === undefined ? wish : { ...wish, by: whoText(by, `by of ${call}`) },
    );
    await caughtUp();
    return result;
  };
  return awaited(call, atCaller(answer()), entry);
}

/** The options of each waiter besides `timeout`. */
const OPTIONS: Record<string, readonly string[]> = {
  subscribed: ["by", "count"],
  triggered: ["times", "since"],
  received: ["by", "times", "since"],
  webhook: ["times", "since"],
};

/** The options, by their names. Those of waiters for something are told apart from the data that they are to come behind. */
function checkedOptions(call: string, asked: Wish, given: WaitOptions | undefined): WaitOptions {
  const { for: what, event, name } = asked;
  const names = [...(OPTIONS[what] ?? []), "timeout"];
  const first = name === undefined ? `${what}(${show(event)}` : `sentWebhook(${show(name)}`;
  const isBehindData = event !== undefined || name !== undefined;
  const options = isBehindData ? behindData(asked.data ?? asked.match, given, { call, names, first }) : (given ?? {});
  checkOptions(options, names, call);
  return options;
}

/** What is waited for; the gateway checks it. */
interface Wish {
  for: string;
  channel?: string;
  name?: string;
  event?: string;
  data?: unknown;
  match?: unknown;
  by?: Who | undefined;
  timeout?: number | undefined;
}

export async function whyThere(question: Question): Promise<Why> {
  checkQuestion(question, "why()");
  const { client, data } = question;
  requireJson(data, "data of why()");
  await caughtUp();
  return askGateway<Why>(
    "why",
    client === undefined ? question : { ...question, client: whoText(client, "client of why()") },
  );
}
