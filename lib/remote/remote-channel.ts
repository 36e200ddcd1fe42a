/** A channel at a gateway: what `channel(name)` answers where the broker is in the same process, asked by the control routes. */

import { show } from "../base/shown.js";
import { behindData } from "../journal/behind-data.js";
import type { Mark, Match, Who } from "../journal/question.js";
import type { WaitOptions } from "../journal/subject.js";
import { checkEvent, checkOptions } from "./arguments.js";
import { requireJson, whoText } from "./as-json.js";
import type { MemberNow, MessageNow, WaitRequest } from "./shapes.js";

/** Leaves out what has only one shape. */
type Told<Of> = Of extends { for: string } ? Omit<Of, "timeout"> : never;

/** Asks the gateway to wait. `timeout` of undefined is the one that the remote goes by. */
export type AskToWait = (request: Told<WaitRequest>, options: WaitOptions) => Promise<unknown>;

export class RemoteChannel {
  readonly name: string;
  readonly #wait: AskToWait;
  readonly #called: string | undefined;

  /** @param called what texts put before it */
  constructor(name: string, wait: AskToWait, called?: string) {
    this.name = name;
    this.#wait = wait;
    this.#called = called;
  }

  /** Until somebody is subscribed. Answers all who are, by their name, or else their connectionId or socket id. */
  async subscribed(
    options: WaitOptions & { by?: Who | undefined; count?: number | undefined } = {},
  ): Promise<string[]> {
    const call = this.#call("subscribed");
    checkOptions(options, ["by", "count", "timeout"], call);
    const { by, count } = options;
    const who = by === undefined ? {} : { by: whoText(by, `by of ${call}`) };
    return (await this.#wait({ for: "subscribed", channel: this.name, ...who, count }, options)) as string[];
  }

  /** Until nobody is subscribed. */
  async vacated(options: WaitOptions = {}): Promise<void> {
    checkOptions(options, ["timeout"], this.#call("vacated"));
    await this.#wait({ for: "vacated", channel: this.name }, options);
  }

  /** Until these members are there and no others. Answers them. Without an id: who is there now. */
  members(...ids: Array<string | number>): Promise<MemberNow[]>;
  members(ids: ReadonlyArray<string | number>, options?: WaitOptions): Promise<MemberNow[]>;
  async members(...given: unknown[]): Promise<MemberNow[]> {
    const isListed = Array.isArray(given[0]);
    const ids = (isListed ? given[0] : given) as Array<string | number>;
    const options = ((isListed ? given[1] : undefined) ?? {}) as WaitOptions;
    checkOptions(options, ["timeout"], this.#call("members"));
    const wanted = isListed || ids.length > 0 ? { ids } : {};
    return (await this.#wait({ for: "members", channel: this.name, ...wanted }, options)) as MemberNow[];
  }

  /** Until an event was triggered here, or sent by a client. Answers it: with `times` the last of them. */
  async triggered(
    event: string,
    data?: Match,
    given?: WaitOptions & { times?: number | undefined; since?: Mark | undefined },
  ): Promise<MessageNow> {
    const options = this.#behindData("triggered", ["times", "since", "timeout"], event, data, given);
    const { times, since } = options;
    const request = { for: "triggered", channel: this.name, event, data, times, since } as const;
    return (await this.#wait(request, options)) as MessageNow;
  }

  /** Until a client has had an event. Answers it: with `times` the last of them. */
  async received(
    event: string,
    data?: Match,
    given?: WaitOptions & { by?: Who | undefined; times?: number | undefined; since?: Mark | undefined },
  ): Promise<MessageNow> {
    const options = this.#behindData("received", ["by", "times", "since", "timeout"], event, data, given);
    const { by, times, since } = options;
    const who = by === undefined ? {} : { by: whoText(by, `by of ${this.#call("received")}`) };
    const request = { for: "received", channel: this.name, event, data, ...who, times, since } as const;
    return (await this.#wait(request, options)) as MessageNow;
  }

  /** The options of a waiter that takes the name of an event, and data that may be left out: all three checked. */
  #behindData<Options extends object>(
    method: string,
    names: readonly string[],
    event: string,
    data: Match | undefined,
    given: Options | undefined,
  ): Partial<Options> {
    const call = this.#call(method);
    const options = behindData(data, given, { call, names, first: `${method}(${show(event)}` });
    checkOptions(options, names, call);
    checkEvent(event, call);
    requireJson(data, `data of ${call}`);
    return options as Partial<Options>;
  }

  #call(method: string): string {
    const before = this.#called === undefined ? "" : `${this.#called}.`;
    return `${before}channel(${show(this.name)}).${method}()`;
  }
}
