/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import { Dispatcher } from "../../events/dispatcher.js";

/** What an owner does at which event. */
export type OwnerReactions = Record<string, ((argument?: any) => void) | undefined>;

/**
 * An emitter with one owner, who hears of each event ahead of whoever has bound it. A table is put there and taken away at
 * once: bindings, each with its list, were a third of what a client takes.
 */
export class Owned extends Dispatcher {
  owner: OwnerReactions | null = null;

  override emit(eventName: string, data?: any): this {
    this.owner?.[eventName]?.(data);
    return super.emit(eventName, data);
  }
}
