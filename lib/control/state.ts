/** What an app is like now. */

import type { Rig } from "../app/rig.js";
import { decodeFrame } from "../events/frame.js";
import { Histories, STEPS } from "../journal/history.js";
import { Clients } from "../journal/who.js";
import { native } from "../native/addon.js";
import type { AppNow, ChannelNow, ConnectionNow, GatewayNow, StateNow } from "../remote/shapes.js";
import { faultsOf } from "./network.js";
import type { ControlledGateway } from "../gateway/control.js";

/** Without its secret. */
export function appOf({ app: { id, key, cluster } }: Rig): AppNow {
  return { id, key, cluster };
}

function gatewayOf({ url, project, startedAt, attached }: ControlledGateway): GatewayNow {
  const version = native.version();
  return { url, pid: process.pid, version, project, role: "owner", attached: attached.list(), startedAt };
}

export function stateOf(served: ControlledGateway, rig: Rig): StateNow {
  rig.requireOpen();
  const page = rig.journal.read({ kinds: STEPS, data: false });
  const clients = new Clients(page);
  const histories = new Histories(page, clients);
  const names = native.activeChannels(rig.number);
  const subscribers = names.map((name) => native.channelSubscribers(rig.number, name));
  const channelsOf = new Map<string, string[]>();
  names.forEach((name, at) => {
    for (const connection of subscribers[at]) {
      const channels = channelsOf.get(connection);
      if (channels === undefined) channelsOf.set(connection, [name]);
      else channels.push(name);
    }
  });
  const nameOf = (connection: string): string => clients.of({ connection })?.name ?? connection;
  return {
    v: 1,
    gateway: gatewayOf(served),
    apps: served.rigs.filter((one) => !one.isClosed).map(appOf),
    app: appOf(rig),
    seq: page.last,
    start: page.start,
    channels: names.map((name, at) => channelOf(rig, name, subscribers[at].map(nameOf))),
    connections: clients.all
      .filter(({ connections }) => connections.length > 0)
      .map((client): ConnectionNow => {
        const connection = client.connections.at(-1) ?? "";
        const socketId = client.socketIds.at(-1);
        const user = client.users.at(-1);
        return {
          label: clients.label(client),
          connection,
          door: client.door,
          isConnected: histories.of(client).isConnectedAt(page.last + 1),
          channels: channelsOf.get(connection) ?? [],
          ...(client.client !== undefined && { client: client.client }),
          ...(socketId !== undefined && { socketId }),
          ...(client.name !== undefined && { name: client.name }),
          ...(user !== undefined && { user }),
        };
      }),
    faults: faultsOf(rig),
  };
}

function channelOf(rig: Rig, name: string, subscribers: string[]): ChannelNow {
  const cached = /^(private-|presence-|private-encrypted-)?cache-/.test(name) ? cachedOn(rig, name) : undefined;
  return {
    name,
    subscribers,
    ...(name.startsWith("presence-") && { members: membersOf(rig, name) }),
    ...(cached !== undefined && { cached }),
  };
}

function membersOf(rig: Rig, name: string): ChannelNow["members"] {
  const frame = native.members(rig.number, name);
  if (frame === null) return [];
  const { ids, hash } = decodeFrame(frame).data.presence as { ids: string[]; hash: Record<string, unknown> };
  return ids.map((id) => (hash[id] == null ? { id } : { id, info: hash[id] }));
}

/** As the HTTP API tells of it. */
function cachedOn(rig: Rig, name: string): ChannelNow["cached"] {
  const { status, body } = rig.request("GET", `/channels/${name}`, { info: "cache" }, "");
  if (status !== 200) return undefined;
  const { cache } = JSON.parse(body) as { cache?: { data: string; ttl: number } | null };
  return cache ?? undefined;
}
