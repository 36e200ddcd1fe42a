/** The tools that do something: wait, publish, and put faults in the way. */

import { FAULT_VERBS, type FaultNow, NETWORK_VERBS, type NetworkAnswer, type Triggered } from "../../remote/shapes.js";
import type { Item } from "./answer.js";
import { many } from "../count.js";
import { faultItem, marked, wholeIn } from "./looking.js";
import { anyArgument, choiceArgument, textArgument, textsArgument, type Tool, wholeArgument } from "./tool.js";

/** Milliseconds. Clients of the protocol give up after a minute. */
const PATIENCE = 5_000;
const MOST_PATIENCE = 50_000;

export const waitForTool: Tool = {
  name: "wait_for",
  description:
    "Waits until something has happened since the last reset, or does in time: who subscribes, an event that is triggered or received, a " +
    "webhook, that nothing is under way. If it does not, the answer says what has happened instead.",
  takes: {
    for: choiceArgument(
      ["subscribed", "vacated", "members", "triggered", "received", "webhook", "idle"],
      "What is waited for. `subscribed` and `received` go with by, `webhook` with name, `idle` with nothing",
    ),
    channel: textArgument("Which channel; not for webhook and idle"),
    event: textArgument("Of triggered and received: the event's name"),
    data: anyArgument("Of triggered and received: what the event's data has to contain"),
    by: textArgument("Of subscribed and received: a client, by name, user id, connectionId or socket id"),
    count: wholeArgument("Of subscribed: so many subscribers", 1),
    ids: textsArgument("Of members: the ids of those who are to be there, and no others"),
    times: wholeArgument("Of triggered, received and webhook: so often", 1),
    name: textArgument("Of webhook: the event in it, such as channel_occupied or member_added"),
    match: anyArgument("Of webhook: what the event in it has to contain"),
    since: wholeArgument("Of triggered, received and webhook: what came after this number of the journal"),
    timeout: wholeArgument(
      `Milliseconds: default ${PATIENCE.toLocaleString("en")}, at most ${MOST_PATIENCE.toLocaleString("en")}`,
    ),
  },
  needs: ["for"],
  isReading: true,
  answer: async (gateway, { since, timeout = PATIENCE, ...wanted }, signal) => {
    const wait = wholeIn(timeout, "timeout", 0, MOST_PATIENCE);
    const request = { ...wanted, ...(await marked(gateway, since)), timeout: wait };
    const { result } = (await gateway.post("wait", request, { wait, signal })) as { result: unknown };
    return { words: "It has happened.", quoted: resultOf(result) };
  },
};

export const triggerTool: Tool = {
  name: "trigger",
  description:
    "Publishes an event: as a server does, to a channel or to a user, or as one of the clients. Only the mock's own clients get it, never those of the real service.",
  takes: {
    event: textArgument("Its name; client-… for one of a client"),
    channel: textArgument("Where it goes"),
    channels: textsArgument("Where it goes, if there are several"),
    to: textArgument("A user who has signed in, instead of a channel"),
    data: anyArgument("What it carries, any JSON. Default: {}"),
    as_client: textArgument("The client whose event it is: name, user id, connectionId or socket id"),
    except: textArgument("The socket id of the connection that does not get it"),
  },
  needs: ["event"],
  isReading: false,
  answer: async (gateway, { event, channel, channels, to, data = {}, as_client: client, except }) => {
    if (channel !== undefined && channels !== undefined)
      throw new TypeError("pushrig: the arguments channel and channels both say where it goes: give one of them");
    const request = {
      event,
      data,
      ...given("channel", channel ?? channels),
      ...given("to", to),
      ...given("socketId", except),
      ...(client !== undefined && { as: { client } }),
    };
    const { seq, events } = (await gateway.post("trigger", request)) as Triggered;
    const isUnheard = events.length > 0 && events.every(({ subscribers }) => subscribers === 0);
    const hint = isUnheard ? " Nobody is subscribed there: channels shows who is subscribed to what." : "";
    return {
      words: `Published as #${seq}.${hint}`,
      quoted: { events: { keep: "first", items: events.map((one): Item => ({ ...one })) } },
    };
  },
};

export const networkTool: Tool = {
  name: "network",
  description:
    "Faults on the way between the application and its clients, to see what it makes of them: dropped connections, events that are lost, doubled " +
    "or late, publications that fail. Without `do` it shows those that are on. They stay on until `restore`.",
  takes: {
    do: choiceArgument(
      NETWORK_VERBS,
      "drop and dropAll cut connections (clients come back); silence cuts a client's cable without a word; refuse lets nobody connect, or not the client; lose, " +
        "duplicate and hold do that to events; failTrigger, failAuthorization and failWebhooks fail requests; simulate plays a preset; " +
        "release lets out what hold keeps; restore takes back one fault (id) or all",
    ),
    id: wholeArgument("Of release and restore: which fault", 1),
    client: textArgument("Which client: name, user id, connectionId or socket id. Of silence also all"),
    channel: textArgument("Which channels; * stands for anything"),
    event: textArgument("Which events; * stands for anything"),
    times: wholeArgument("How often it strikes. Default: until restore", 1),
    code: wholeArgument("The code that a connection is closed with, 4000 to 4999"),
    reason: textArgument("What is said when it is closed"),
    status: wholeArgument("The HTTP status of what fails"),
    message: textArgument("Of failAuthorization: what is said"),
    error: choiceArgument(["ECONNRESET", "timeout"], "Of failTrigger and failWebhooks: no answer at all"),
    throws: { type: "boolean", description: "Of failTrigger" },
    ms: wholeArgument("Of delay: milliseconds"),
    preset: textArgument("Of simulate: subway, laptop-lid, deploy or failover"),
    seed: wholeArgument("Of simulate: which of its courses"),
  },
  isReading: false,
  answer: async (gateway, args) => {
    const { do: verb } = args;
    const { fault } = (Object.keys(args).length === 0 ? {} : await gateway.post("network", args)) as NetworkAnswer;
    const { faults } = (await gateway.get("network")) as { faults: FaultNow[] };
    const begun = FAULT_VERBS.includes(verb as never) && fault !== undefined ? ` Fault ${fault.id} has begun.` : "";
    return {
      words:
        `${verb === undefined ? "" : "Done."}${begun} ${many(faults.length, "fault")} on.`.trim() +
        (faults.length === 0 ? "" : " network with do: restore takes them back."),
      quoted: faults.length === 0 ? undefined : { faults: { keep: "last", items: faults.map(faultItem) } },
    };
  },
};

function given(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}

/** What a wait has brought: nothing, a list of who is there, an event or a webhook. */
function resultOf(result: unknown): Record<string, Item | { keep: "first"; items: Item[] }> | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  return Array.isArray(result) ? { result: { keep: "first", items: result as Item[] } } : { result: result as Item };
}
