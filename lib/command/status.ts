/** `pushrig status`: the gateway, and what an app of it is like now. */

import type { RunningGateway } from "../base/running-gateways.js";
import { runningGateways } from "../base/running-gateways.js";
import { plainOptions, STATUS_HELP } from "../options/status-command.js";
import type { AppNow, AttachedNow, ChannelNow, ConnectionNow, FaultNow, StateNow } from "../remote/shapes.js";
import { gatewayLines } from "../remote/which-gateway.js";
import { controlCommand } from "./control.js";
import { many } from "./count.js";
import type { Paint } from "./lines.js";
import { clean } from "./text.js";

export const statusCommand = controlCommand(
  (args) => plainOptions("status", args),
  STATUS_HELP,
  async (remote, { json }, screen) => {
    const state = await remote.state();
    const others = (await runningGateways()).filter(({ pid, url }) => pid !== state.gateway.pid || !isOf(state, url));
    // The token of a gateway is nobody's to print.
    const gateways = others.map(({ url, pid, project, version, isTest }) => ({ url, pid, project, version, isTest }));
    if (json) await screen.writeJson({ ...state, others: gateways });
    else for (const line of report(state, others, screen.paint)) await screen.write(line);
    return 0;
  },
);

/** Also by the other scheme: a port takes both. */
function isOf({ gateway }: StateNow, url: string): boolean {
  return gateway.url.replace(/^https?/, "") === url.replace(/^https?/, "");
}

function report(state: StateNow, others: readonly RunningGateway[], paint: Paint): string[] {
  const { gateway, app, apps, channels, connections, faults } = state;
  const field = (name: string, value: string): string => `${paint("dim", name.padEnd(10))}${value}`;
  const since = new Date(gateway.startedAt).toLocaleString("sv");
  const connected = connections.filter(({ isConnected }) => isConnected);
  return [
    field(
      "gateway",
      `${paint("cyan", clean(gateway.url))} · pushrig ${clean(gateway.version)} · process ${gateway.pid}`,
    ),
    field("since", since),
    ...(gateway.project === undefined ? [] : [field("project", clean(gateway.project))]),
    ...(gateway.attached.length === 0 ? [] : [field("attached", gateway.attached.map(processText).join(", "))]),
    ...apps.map((one) => field("app", appText(one, one.id === app.id && apps.length > 1 ? " · shown here" : ""))),
    "",
    ...section("channel", channels, channelLines, paint),
    ...section("connection", connected, connectionLines, paint),
    ...section("fault", faults, faultLines, paint, " on"),
    ...(others.length === 0
      ? []
      : ["", paint("bold", `${many(others.length, "other gateway")} on this machine`), gatewayLines(others)]),
  ];
}

function processText({ name, pid }: AttachedNow): string {
  return `process ${pid} (${clean(name)})`;
}

function appText({ id, key, cluster }: AppNow, rest: string): string {
  return `${clean(id)} · key ${clean(key)} · cluster ${clean(cluster)}${rest}`;
}

function section<Of>(
  what: string,
  all: readonly Of[],
  lines: (one: Of, paint: Paint) => string,
  paint: Paint,
  rest = "",
): string[] {
  const title =
    all.length === 0 ? paint("dim", `no ${what}${rest}`) : paint("bold", `${many(all.length, what)}${rest}`);
  return [title, ...all.map((one) => `  ${lines(one, paint)}`)];
}

function channelLines({ name, subscribers, members, cached }: ChannelNow, paint: Paint): string {
  const parts = [many(subscribers.length, "subscriber")];
  if (members === undefined) parts.push(subscribers.map(clean).join(", "));
  else parts.push(`members ${members.map(({ id }) => clean(id)).join(", ")}`);
  if (cached !== undefined) parts.push(`cached ${clean(cached.data).slice(0, 60)} for ${cached.ttl} s`);
  return `${paint("cyan", clean(name))}  ${parts.join(" · ")}`;
}

function connectionLines({ label, socketId = "", door, channels, user }: ConnectionNow, paint: Paint): string {
  const parts = [channels.length === 0 ? "on no channel" : `on ${channels.map(clean).join(", ")}`];
  if (user !== undefined && label !== user && !label.startsWith(`user ${user}`)) parts.unshift(`user ${clean(user)}`);
  if (!label.includes(socketId)) parts.unshift(clean(socketId));
  if (door === "process") parts.unshift("in the gateway's process");
  return `${paint("bold", clean(label))}  ${parts.join(" · ")}`;
}

function faultLines({ id, do: verb, options, strikes, waiting }: FaultNow, paint: Paint): string {
  const given = Object.keys(options).length === 0 ? "" : ` ${clean(JSON.stringify(options))}`;
  const held = waiting === 0 ? "" : ` · ${many(waiting, "event")} held back`;
  return `${paint("yellow", verb)}${given}  #${id} · struck ${strikes === 1 ? "once" : `${strikes} times`}${held}`;
}
