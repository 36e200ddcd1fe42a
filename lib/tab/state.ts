/** `pusherMockState` in a page: what it answers in Node, once it is awaited. */

import { decode } from "../base/decode.js";
import type { Page } from "../journal/entry.js";
import { JOURNAL, type Journaled, type Subject } from "../journal/subject.js";
import { triggersIn, type Trigger } from "../mock/message.js";
import type { ChannelMessage, StateSnapshot } from "../mock/state.js";
import { Whereabouts } from "../mock/whereabouts.js";
import { application } from "./application.js";
import { caughtUp, resetClients } from "./clients.js";
import { askGateway } from "./gateway.js";
import { later } from "./later.js";
import { allPublished, publish } from "./server.js";

/** Of a channel with subscribers. What is bound to it is the pages' own, and known to nobody else. */
interface ChannelState {
  subscribers: Set<string>;
  messageHistory: ChannelMessage[];
}

export class TabState implements Journaled {
  getChannelMessages(channel: string): Promise<ChannelMessage[]> {
    return this.#look("getChannelMessages", (page) => messagesOf(page, String(channel)));
  }

  getMessagesSince(channel: string, timestamp: number): Promise<ChannelMessage[]> {
    return this.#look("getMessagesSince", (page) =>
      messagesOf(page, String(channel)).filter((message) => message.timestamp > timestamp),
    );
  }

  triggers(): Promise<Trigger[]> {
    return this.#look("triggers", (page) => triggersIn(page));
  }

  getSubscriberCount(channel: string): Promise<number> {
    return this.#look("getSubscriberCount", (page) => subscribersOf(page, String(channel)).length);
  }

  getActiveChannels(): Promise<string[]> {
    return this.#look("getActiveChannels", (page) => [...subscriptionsIn(page).keys()]);
  }

  getChannelState(channel: string): Promise<ChannelState | undefined> {
    return this.#look("getChannelState", (page) => {
      const subscribers = subscribersOf(page, String(channel));
      if (subscribers.length === 0) return undefined;
      return { subscribers: new Set(subscribers), messageHistory: messagesOf(page, String(channel)) };
    });
  }

  getSubscriptionState(connectionId: string): Promise<{ channels: Set<string> } | undefined> {
    return this.#look("getSubscriptionState", (page) => {
      const channels = channelsOf(subscriptionsIn(page), String(connectionId));
      return channels.length === 0 ? undefined : { channels: new Set(channels) };
    });
  }

  getState(): Promise<StateSnapshot> {
    return this.#look("getState", (page) => {
      const all = subscriptionsIn(page);
      const connections = [...new Set([...all.values()].flat())];
      return {
        channels: [...all].map(([name, subscribers]) => ({
          name,
          subscriberCount: subscribers.length,
          messageCount: messagesOf(page, name).length,
          events: [],
        })),
        subscriptions: connections.map((connectionId) => {
          const channels = channelsOf(all, connectionId);
          return { connectionId, channelCount: channels.length, channels };
        }),
      };
    });
  }

  /** Publishes. Resolves once the callbacks of this page have had it. */
  trigger(channel: string, event: string, data: unknown): Promise<void> {
    return later("pusherMockState.trigger()", async () => {
      await publish({ channel: [channel], event, data });
    });
  }

  /** Ends a connection, known by its socket id: `client.connection.socket_id`. */
  disconnect(connectionId: string): Promise<void> {
    return later("pusherMockState.disconnect()", async () => {
      await caughtUp();
      const reason = "Disconnected by pusherMockState.disconnect()";
      await askGateway("network", { do: "drop", client: connectionId, code: 4099, reason });
    });
  }

  /** Forgets channels, history and subscriptions; the page's clients stay connected, on no channel. */
  reset(): Promise<void> {
    return later("pusherMockState.reset()", resetAll);
  }

  [JOURNAL](): Subject {
    return { app: application };
  }

  #look<T>(method: string, read: (page: Page) => T): Promise<T> {
    return later(`pusherMockState.${method}()`, async () => {
      await caughtUp();
      await application.refresh();
      return read(application.journal.read());
    });
  }
}

/** Forgets what has happened, here and at the gateway. */
export async function resetAll(): Promise<void> {
  await allPublished();
  resetClients();
  // What they have sent before comes before what follows.
  await caughtUp();
  await askGateway("reset", {});
}

function messagesOf({ entries, date }: Page, channel: string): ChannelMessage[] {
  return entries
    .filter((entry) => entry.channel === channel && (entry.kind === "triggered" || entry.kind === "client-event"))
    .map(({ event = "", data, t }) => ({ channel, event, data: decode(data), timestamp: Math.round(date + t) }));
}

function subscribersOf(page: Page, channel: string): string[] {
  return new Whereabouts(page, channel).present.flatMap(({ connections }) => connections.at(-1) ?? []);
}

/** Connections by channel. */
function subscriptionsIn(page: Page): Map<string, string[]> {
  const names = new Set<string>(page.base.flatMap(({ channels }) => channels));
  for (const { kind, channel } of page.entries) if (kind === "subscribed" && channel !== undefined) names.add(channel);
  const all = [...names].map((name): [string, string[]] => [name, subscribersOf(page, name)]);
  return new Map(all.filter(([, subscribers]) => subscribers.length > 0));
}

function channelsOf(all: Map<string, string[]>, connectionId: string): string[] {
  return [...all].filter(([, subscribers]) => subscribers.includes(connectionId)).map(([name]) => name);
}
