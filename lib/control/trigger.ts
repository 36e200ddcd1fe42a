/** Publishing by route: as a server, to a user, or as a client. Refusals have the texts of the SDK and of the service. */

import type { Rig } from "../app/rig.js";
import { crypto } from "../base/builtin.js";
import { checkNames } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { USER_CHANNEL } from "../base/user-channel.js";
import type { Entry, Kind } from "../journal/entry.js";
import { native } from "../native/addon.js";
import { checkList, checkObject } from "../options/checks.js";
import { seal } from "../native/secretbox.js";
import type { Triggered } from "../remote/shapes.js";
import { isEncrypted, validateChannel, validateEventName, validateSocketId, validateUserId } from "../server/rules.js";
import { asText } from "../server/server.js";
import { textsOf } from "./input.js";
import { ControlRefusal } from "./refusal.js";
import { connectionsOf } from "./who.js";

type Fields = Record<string, unknown>;

const ROUTE = "POST trigger";

export function triggerByRoute(rig: Rig, body: Fields): Triggered {
  rig.requireOpen();
  const { channel, to, event, data, as = "server", socketId, only } = body;
  if (typeof event !== "string") {
    throw new TypeError(`pushrig: the field event of ${ROUTE} is a name such as "new-message", not ${show(event)}`);
  }
  if ((channel === undefined) === (to === undefined)) {
    throw new TypeError(
      `pushrig: ${ROUTE} says where the event goes: in channel (or a list of channels), or to a user in to; one of the two`,
    );
  }
  if (only !== undefined && (as !== "server" || typeof channel !== "string" || typeof only !== "string")) {
    throw new TypeError(
      `pushrig: the field only of ${ROUTE} is a client on the one channel that a server triggers to, as in "ada": its name, user id, connectionId or socket id, not ${show(only)}`,
    );
  }
  if (as !== "server") return fromClient(rig, { channel, event, data, as, socketId });
  const channels = to === undefined ? textsOf(channel, `the field channel of ${ROUTE}`) : [USER_CHANNEL + String(to)];
  asSdk(rig, channels, event, () => {
    if (socketId !== undefined) validateSocketId(socketId);
    validateEventName(event);
    if (to !== undefined) validateUserId(to);
    else {
      if (channels.length > 100) throw new Error("Can't trigger a message to more than 100 channels");
      for (const name of channels) validateChannel(name);
      if (channels.length > 1 && channels.some(isEncrypted)) {
        throw new Error("You cannot trigger to multiple channels when using encrypted channels");
      }
    }
  });
  const isSealed = to === undefined && channels.length === 1 && isEncrypted(channels[0]);
  const text = isSealed ? encrypted(rig, channels[0], data, event) : asText(data);
  const after = rig.journal.seq;
  const request = { name: event, data: text, channels, ...(socketId !== undefined && { socket_id: socketId }) };
  const send = () => rig.request("POST", "/events", {}, JSON.stringify(request));
  const { status, body: answer } =
    only === undefined ? send() : lostToOthers(rig, channels[0], event, only as string, send);
  if (status >= 400) throw new ControlRefusal("rejected", answer.trim(), status);
  return published(
    rig,
    after,
    ({ kind, event: name, channel: on }) => kind === "triggered" && name === event && channels.includes(on ?? ""),
  );
}

/** Publishes while a fault loses the event on its way to everybody else: so the journal has it, and says why nobody else does. */
function lostToOthers<Answer>(rig: Rig, channel: string, event: string, only: string, publish: () => Answer): Answer {
  const meant = connectionsOf(rig, only);
  const numberOf = (name: string): number =>
    native.connectionNamed(rig.number, name) || native.connectionWithSocket(rig.number, name);
  const subscribed = native.channelSubscribers(rig.number, channel).map(numberOf);
  if (!meant.some(({ number }) => subscribed.includes(number)))
    throw new ControlRefusal("conflict", `pushrig: ${show(only)} is not subscribed to ${show(channel)}`);
  const clients = subscribed.filter((number) => meant.every((one) => one.number !== number));
  if (clients.length === 0) return publish();
  const { seat } = rig;
  const rule = JSON.stringify({ does: "lose", channel, event, clients });
  const fault = native.beginFault(rig.number, seat.number, rule, seat.clock.now());
  try {
    return publish();
  } finally {
    native.endFault(rig.number, fault, false);
  }
}

const BATCH = "POST batch";
const BATCH_FIELDS = ["channel", "event", "data", "socketId"];

/** As a server's `triggerBatch()`: the service decides, about all of them at once. */
export function batchByRoute(rig: Rig, { events }: Fields): Triggered {
  rig.requireOpen();
  const example = '[{ "channel": "task-1", "event": "new-message", "data": {} }]';
  checkList(events, `the field events of ${BATCH} is a list such as ${example}`);
  if (events.length === 0) throw new TypeError(`pushrig: the field events of ${BATCH} has at least one event`);
  const batch = events.map((one: unknown) => {
    checkObject(one, `each of the events of ${BATCH} is an object such as ${example.slice(1, -1)}`);
    checkNames(one, BATCH_FIELDS, `an event of ${BATCH}`, "field");
    const { channel, event, data, socketId } = one as Fields;
    for (const [name, value] of Object.entries({ channel, event })) {
      if (typeof value === "string") continue;
      throw new TypeError(`pushrig: the field ${name} of an event of ${BATCH} is a name, not ${show(value)}`);
    }
    const [on, name] = [channel as string, event as string];
    const text = isEncrypted(on) ? encrypted(rig, on, data, name) : asText(data);
    return { channel: on, name, data: text, ...(socketId !== undefined && { socket_id: socketId }) };
  });
  const after = rig.journal.seq;
  const { status, body } = rig.request("POST", "/batch_events", {}, JSON.stringify({ batch }));
  if (status >= 400) throw new ControlRefusal("rejected", body.trim(), status);
  const entries = news(rig, after, ["triggered"]);
  const found = batch.flatMap(({ channel, name }) => {
    const place = entries.findIndex((entry) => entry.channel === channel && entry.event === name);
    return place < 0 ? [] : entries.splice(place, 1);
  });
  const told = found.map(({ seq, channel = "", subscribers = 0 }) => ({ seq, channel, subscribers }));
  return { seq: told.at(-1)?.seq ?? rig.journal.seq, events: told };
}

/** What the SDK checks before it sends anything, with its words. */
function asSdk(rig: Rig, channels: readonly string[], event: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    const { message } = error as Error;
    for (const channel of channels.slice(0, 100)) rig.journal.note({ kind: "rejected", channel, event, text: message });
    throw new ControlRefusal("rejected", message);
  }
}

function encrypted(rig: Rig, channel: string, data: unknown, event: string): string {
  const masterKey = rig.encryptionMasterKey;
  const text = JSON.stringify(data);
  asSdk(rig, [channel], event, () => {
    if (masterKey === undefined)
      throw new Error("Set encryptionMasterKey before triggering events on encrypted channels");
    if (text === undefined) throw new Error("expected string");
  });
  const nonce = crypto().randomBytes(24);
  const key = crypto()
    .createHash("sha256")
    .update(channel)
    .update(masterKey as Uint8Array)
    .digest();
  const ciphertext = Buffer.from(seal(Buffer.from(text), nonce, key)).toString("base64");
  return JSON.stringify({ nonce: nonce.toString("base64"), ciphertext });
}

/** As if it had come from the client: the service decides. */
function fromClient(rig: Rig, { channel, event, data = null, as, socketId }: Fields): Triggered {
  const who = (Object(as) as { client?: unknown }).client;
  if (typeof as !== "object" || typeof who !== "string" || who === "" || Object.keys(as as object).length !== 1) {
    throw new TypeError(
      `pushrig: the field as of ${ROUTE} is "server" or a client, as in { "client": "ada" } with its name, user id, connectionId or socket id, not ${show(as)}`,
    );
  }
  if (typeof channel !== "string") {
    throw new TypeError(
      `pushrig: a client event goes to one channel, a name such as "private-room", not ${show(channel)}`,
    );
  }
  if (socketId !== undefined)
    throw new TypeError("pushrig: a client's event never reaches the client itself; leave socketId out");
  const [{ number: connection }] = connectionsOf(rig, who);
  const { seat, number } = rig;
  const after = rig.journal.seq;
  if (native.receive(number, seat.number, connection, JSON.stringify({ event, channel, data }), seat.clock.now()))
    seat.dispatch();
  const isIt = (entry: Entry): boolean => entry.channel === channel && entry.event === event;
  const refused = news(rig, after, ["rejected", "refused"]).find((entry) => entry.channel === undefined || isIt(entry));
  const sent = published(rig, after, (entry) => entry.kind === "client-event" && isIt(entry));
  if (sent.events.length > 0) return sent;
  throw new ControlRefusal(
    "rejected",
    refused?.text ?? `pushrig: the service did not take the client event ${show(event)} on ${show(channel)}`,
  );
}

function news(rig: Rig, after: number, kinds: readonly Kind[]): Entry[] {
  return rig.journal.read({ after, kinds, data: false, state: false }).entries;
}

function published(rig: Rig, after: number, isIt: (entry: Entry) => boolean): Triggered {
  const entries = news(rig, after, ["triggered", "client-event"]).filter(isIt);
  // Callbacks that publish the same again come later.
  const first = new Map<string, Entry>();
  for (const entry of entries) if (!first.has(entry.channel ?? "")) first.set(entry.channel ?? "", entry);
  const events = [...first.values()].map(({ seq, channel = "", subscribers = 0 }) => ({ seq, channel, subscribers }));
  return { seq: events.at(-1)?.seq ?? rig.journal.seq, events };
}
