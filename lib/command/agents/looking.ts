/** The tools that look: what is, and what was. */

import { show } from "../../base/shown.js";
import { nearest } from "../../base/nearest.js";
import type { Entry, Kind, Page } from "../../journal/entry.js";
import type { Why } from "../../journal/question.js";
import { sentence } from "../../journal/sentences.js";
import { Clients } from "../../journal/who.js";
import type { Exchange } from "../../remote/exchange.js";
import type { ChannelNow, ConnectionNow, StateNow } from "../../remote/shapes.js";
import { anyArgument, textArgument, textsArgument, type Tool, wholeArgument } from "./tool.js";
import { many } from "../count.js";
import type { Answer, Item } from "./answer.js";

/** Entries of the journal that are shown where nobody says how many. */
const FEW = 20;
const MOST = 100;
/** Characters of data that are read of an event. */
const BEGINNING = 2_000;

/** Kinds of entries that `status` counts. */
const COUNTED = ["triggered", "client-event", "rejected", "refused", "threw"] as const;

export const statusTool: Tool = {
  name: "status",
  description:
    "Which pushrig gateway (a local mock of Pusher Channels) runs, its apps, how many channels and clients there are, which faults are " +
    "on, and how many events reached nobody or were refused. Ask this first.",
  takes: {},
  isReading: true,
  answer: async (gateway) => {
    const [state, page] = await Promise.all([
      askState(gateway),
      gateway.get("journal", { kinds: COUNTED, data: false }) as Promise<Page>,
    ]);
    const { url, pid, version, project, startedAt } = state.gateway;
    const count = (is: (entry: Entry) => boolean): number => page.entries.filter(is).length;
    const events = count(({ kind }) => kind === "triggered" || kind === "client-event");
    const unheard = count(({ kind, subscribers }) => kind === "triggered" && subscribers === 0);
    const connected = state.connections.filter(({ isConnected }) => isConnected).length;
    return {
      words:
        `A gateway runs at ${gateway.url}. ${many(state.channels.length, "channel")} with subscribers, ` +
        `${many(connected, "client")} connected. Since the last reset: ${many(events, "event")}, of which ${unheard} had no subscriber; ` +
        `${many(
          count(({ kind }) => kind === "rejected"),
          "publication",
        )} and ${many(
          count(({ kind }) => kind === "refused"),
          "request",
        )} ` +
        `of clients refused; ${many(
          count(({ kind }) => kind === "threw"),
          "callback",
        )} threw. ` +
        `${many(state.faults.length, "fault")} on. The latest entry of the journal is #${state.seq}.`,
      quoted: {
        url,
        process: pid,
        pushrig: version,
        project,
        since: new Date(startedAt).toISOString(),
        app: { ...state.app },
        apps: state.apps.length > 1 ? state.apps.map(({ id }) => id) : undefined,
        faults: state.faults.length > 0 ? { keep: "last", items: state.faults.map(faultItem) } : undefined,
      },
    };
  },
};

export const eventsTool: Tool = {
  name: "events",
  description:
    "What has happened since the last reset, in order: events with who they went to, subscriptions, refusals, webhooks, faults. The latest " +
    "by default; with `after` what came next.",
  takes: {
    channel: textArgument("About this channel only"),
    event: textArgument("Events of this name only"),
    kinds: textsArgument(
      "Kinds of entries only: connected, closed, signed-in, subscribing, subscribed, refused, left, bound, unbound, threw, triggered, " +
        "rejected, client-event, member-added, member-removed, webhook, request, fault, notice, reset",
    ),
    after: wholeArgument("Entries after this number, oldest first"),
    limit: wholeArgument(`So many entries at most: default ${FEW}, at most ${MOST}`, 1),
  },
  isReading: true,
  answer: async (gateway, { channel, event, kinds, after, limit = FEW }) => {
    const most = wholeIn(limit, "limit", 1, MOST);
    const from = after === undefined ? undefined : wholeIn(after, "after", 0, Number.MAX_SAFE_INTEGER);
    // Of everybody, to call them by their names.
    const page = (await gateway.get("journal", {
      channel: channel === undefined ? undefined : textIn(channel, "channel"),
      kinds: kinds === undefined ? undefined : textsIn(kinds, "kinds"),
      beginning: BEGINNING,
    })) as Page;
    const clients = new Clients(page);
    const name = event === undefined ? undefined : textIn(event, "event");
    const all = page.entries.filter(
      (entry) => (from === undefined || entry.seq > from) && (name === undefined || entry.event === name),
    );
    const shown = from === undefined ? all.slice(-most) : all.slice(0, most);
    const items = shown.map((entry) => entryItem(entry, page, clients));
    const forgotten = page.forgotten > page.start ? ` Entries up to #${page.forgotten} are forgotten.` : "";
    const rest =
      shown.length === all.length ? "" : ` of ${all.length}, the ${from === undefined ? "latest" : "oldest"} of them`;
    return {
      words:
        `${many(items.length, "entry")}${rest}. The latest of the journal is #${page.last}.${forgotten}` +
        (items.length === 0 ? "" : " What comes next: events with after set to the last number here."),
      quoted: { entries: { keep: from === undefined ? "last" : "first", items } },
    };
  },
};

export const channelsTool: Tool = {
  name: "channels",
  description:
    "The channels that have subscribers, and who is subscribed. With `channel`: its members with their info, and the event that a cache channel keeps.",
  takes: { channel: textArgument("This one in detail") },
  isReading: true,
  answer: async (gateway, { channel }) => {
    const state = await askState(gateway);
    if (channel !== undefined) return channelNow(state, textIn(channel, "channel"));
    const connected = state.connections.filter(({ isConnected }) => isConnected);
    return {
      words: `${many(state.channels.length, "channel")} with subscribers, ${many(connected.length, "client")} connected.`,
      quoted: {
        channels: {
          keep: "first",
          items: state.channels.map(({ name, subscribers, members }) => ({
            name,
            count: subscribers.length,
            subscribers,
            ...(members && { members: members.length }),
          })),
        },
        clients: { keep: "first", items: connected.map(clientItem) },
      },
    };
  },
};

export const whyTool: Tool = {
  name: "why",
  description:
    "Whether an event has reached a client, and if not, why, in a sentence with what has happened. The tool for `the message did not arrive`.",
  takes: {
    event: textArgument("Its name"),
    channel: textArgument("Where it was, or should have been, triggered"),
    client: textArgument(
      "Who should have got it: name, user id, connectionId or socket id. Default: all who were subscribed",
    ),
    data: anyArgument("What the event's data has to contain"),
    since: wholeArgument("Events after this number of the journal only"),
  },
  needs: ["event"],
  isReading: true,
  answer: async (gateway, { since, ...question }) => {
    const answer = (await gateway.post("why", { ...question, ...(await marked(gateway, since)) })) as Why;
    const { received, reason, text: told, client, entry, near, others } = answer;
    return {
      words: received ? "It was received." : `It was not received: ${word(reason)}.`,
      quoted: {
        text: told,
        client,
        entry: entry?.seq,
        others: others.length === 0 ? undefined : { keep: "first", items: others.map(verdictItem) },
        nearest:
          near.length === 0
            ? undefined
            : { keep: "first", items: near.map(({ entry: { seq }, differences }) => ({ seq, differences })) },
      },
    };
  },
};

/** The number of an entry as a mark of the app. */
export async function marked(gateway: Exchange, since: unknown): Promise<{ since?: object }> {
  if (since === undefined) return {};
  const seq = wholeIn(since, "since", 0, Number.MAX_SAFE_INTEGER);
  const { mark } = (await gateway.post("mark", {})) as { mark: { app: number } };
  return { since: { seq, app: mark.app } };
}

export async function askState(gateway: Exchange): Promise<StateNow> {
  return (await gateway.get("state")) as StateNow;
}

export function faultItem({ id, do: verb, options, strikes, waiting }: StateNow["faults"][number]): Item {
  return { id, do: verb, options: JSON.stringify(options), strikes, ...(verb === "hold" && { waiting }) };
}

/** A word that a gateway says, where one of a few is expected. */
export function word(reason: unknown): string {
  return typeof reason === "string" && /^[a-z-]{1,40}$/.test(reason) ? reason : "of an unknown kind";
}

function channelNow({ channels, connections }: StateNow, name: string): Answer {
  const channel = channels.find((one) => one.name === name);
  if (channel === undefined) {
    const names = channels.map((one) => one.name);
    return {
      words: "Nobody is subscribed to that channel now.",
      quoted: {
        channel: name,
        "did you mean": nearest(name, names),
        channels: { keep: "first", items: names },
      },
    };
  }
  const { subscribers, members, cached } = channel satisfies ChannelNow;
  const there = connections.filter(({ channels: own }) => own.includes(name));
  return {
    words: `${many(subscribers.length, "subscriber")}${members === undefined ? "" : `, ${many(members.length, "member")}`}.`,
    quoted: {
      channel: name,
      subscribers: { keep: "first", items: subscribers },
      members: members && {
        keep: "first",
        items: members.map(({ id, info }) => ({ id, ...(info !== undefined && { info: JSON.stringify(info) }) })),
      },
      cached: cached && { data: cached.data, "seconds kept": cached.ttl },
      clients: { keep: "first", items: there.map(clientItem) },
    },
  };
}

function clientItem({ label, user, connection, socketId, door }: ConnectionNow): Item {
  return {
    label,
    user,
    connection,
    ...(socketId !== connection && { socketId }),
    at: door === "socket" ? "a socket" : "the gateway's process",
  };
}

function entryItem(entry: Entry, page: Page, clients: Clients): Item {
  const { seq, t, kind, data, at } = entry;
  return {
    seq,
    time: new Date(page.date + t).toISOString().slice(11, -1),
    kind,
    what: sentence({ ...entry, data: undefined }, clients),
    data,
    line: at,
  };
}

function verdictItem({ client, reason, text: told }: Why): Item {
  return { client, reason, text: told };
}

export function wholeIn(value: unknown, name: string, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most.toLocaleString("en")}`;
  throw new TypeError(`pushrig: the argument ${name} is a whole number ${range}, not ${show(value)}`);
}

function textIn(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new TypeError(`pushrig: the argument ${name} is a text, not ${show(value)}`);
}

function textsIn(value: unknown, name: string): Kind[] {
  const all = typeof value === "string" ? [value] : value;
  if (Array.isArray(all) && all.length > 0 && all.every((one) => typeof one === "string" && one !== ""))
    return all as Kind[];
  throw new TypeError(`pushrig: the argument ${name} is a list of texts, not ${show(value)}`);
}
