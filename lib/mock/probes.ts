/** What a probe does: it reads the journal until it says what is waited for. */

import { native } from "../native/addon.js";
import { realTimers } from "../base/fakes.js";
import { show } from "../base/shown.js";
import { decode } from "../base/decode.js";
import { decodeFrame } from "../events/frame.js";
import { behindData } from "../journal/behind-data.js";
import type { Entry } from "../journal/entry.js";
import { matches, showMatch } from "../journal/match.js";
import { STEPS } from "../journal/history.js";
import { calledOf, isMockClient, type Match, type MockWho, type Question, type Who } from "../journal/question.js";
import { UNSWAPPED } from "../journal/reasons/event.js";
import { Receipts } from "../journal/receipts.js";
import { nearMissTable, timeline } from "../journal/sentences.js";
import { JOURNAL, type Subject, type WaitOptions } from "../journal/subject.js";
import { shownAt } from "../journal/shown-at.js";
import { why } from "../journal/why.js";
import { Clients } from "../journal/who.js";
import { aboutChannel } from "../app/about-channel.js";
import { fakeTimersHint, showMilliseconds, stoppedTimeHint } from "../app/fake-timers.js";
import type { Rig } from "../app/rig.js";
import { contextOf, isUnswapped, subscribedElsewhere } from "../app/why.js";
import { type Outcome, refused, waitFor } from "../app/waiter.js";
import { asked, checkChannel, checkName } from "./asked.js";
import { type Message, messageOf } from "./message.js";
import type { ChannelProbe, Member, ReceivedOptions, SubscribedOptions, TriggeredOptions } from "./probe.js";
import { watchApp } from "./watch.js";
import { inWords, Whereabouts } from "./whereabouts.js";

/** Milliseconds between two looks at what is on its way. */
const LOOK_INTERVAL = 5;

/** What a waiter of a probe waits for, and how long. */
interface Waited<T> {
  readonly timeout: number;
  look(): Outcome<T> | undefined;
  /** Besides new entries. Answers what ends it. */
  watch?(again: () => void): () => void;
  late(time: number): string;
}

const EVENTS = ["triggered", "client-event"] as const;

/** Its waiters and what they look at; `rigOf` is asked at every call, as a default app is one per test file. */
export class Probe implements ChannelProbe {
  readonly name: string;
  readonly #rigOf: () => Rig;

  constructor(name: string, rigOf: () => Rig) {
    checkChannel(name, "channel()");
    this.name = name;
    this.#rigOf = rigOf;
  }

  [JOURNAL](): Subject {
    return { app: this.#rigOf().watched(), channel: this.name };
  }

  subscribed(options: SubscribedOptions = {}): Promise<string[]> {
    return this.#wait<string[]>("subscribed", Probe.prototype.subscribed, (call, rig) => {
      const { by, times: count, timeout } = asked(options, ["by", "count", "timeout"], call, rig);
      return {
        timeout,
        look: () => {
          // Who they are is read once they are enough: there may be thousands.
          if (native.subscriberCount(rig.number, this.name) < count && by === undefined) return undefined;
          if (by !== undefined && isMockClient(by) && this.#isOnItsWay(rig, by)) return undefined;
          const there = this.#whereabouts(rig, by);
          const { present } = there;
          const names = present.map((client) => there.nameOf(client));
          if (by === undefined) return present.length >= count ? { value: names } : undefined;
          const meant = there.clients.find(by);
          if (meant.filter((client) => present.includes(client)).length >= count) return { value: names };
          if (meant.length === 0 || !meant.every((client) => there.isOut(client, by))) return undefined;
          const [first] = meant;
          const text = `${there.clients.label(first)} will not be subscribed to ${show(this.name)}: ${there.whyAbsent(first, [])}.`;
          return { failure: lines(text, there.timeline()) };
        },
        late: (time) => this.#notSubscribed(rig, by, count, time),
      };
    });
  }

  vacated(options: WaitOptions = {}): Promise<void> {
    return this.#wait<void>("vacated", Probe.prototype.vacated, (call, rig) => {
      const { timeout } = asked(options, ["timeout"], call, rig);
      return {
        timeout,
        look: () => (this.#whereabouts(rig).present.length === 0 ? { value: undefined } : undefined),
        late: (time) => {
          const there = this.#whereabouts(rig);
          const { present, clients } = there;
          const names = inWords(present.map((client) => clients.label(client)));
          const head = `${show(this.name)} was not vacated within ${showMilliseconds(time)}: ${names} ${present.length === 1 ? "is" : "are"} subscribed to it.`;
          return lines(head, there.timeline(), fakeTimersHint(rig.later.waiting(), clients, present));
        },
      };
    });
  }

  members(...ids: Array<string | number>): Promise<Member[]>;
  members(ids: ReadonlyArray<string | number>, options?: WaitOptions): Promise<Member[]>;
  members(...given: unknown[]): Promise<Member[]> {
    return this.#wait<Member[]>("members", Probe.prototype.members, (call, rig) => {
      const isListed = Array.isArray(given[0]);
      const ids = (isListed ? given[0] : given) as unknown[];
      const { timeout } = asked((isListed ? given[1] : undefined) ?? {}, ["timeout"], call, rig);
      this.#checkMembers(ids, call);
      const wanted = [...new Set(ids.map(String))];
      const anybody = !isListed && wanted.length === 0;
      return {
        timeout,
        look: () => {
          const there = this.#members(rig);
          const isSo = there.length === wanted.length && there.every(({ id }) => wanted.includes(id));
          return anybody || isSo ? { value: there } : undefined;
        },
        late: (time) => this.#notMembers(rig, wanted, time),
      };
    });
  }

  triggered(event: string, data?: Match, options?: TriggeredOptions): Promise<Message> {
    return this.#wait<Message>("triggered", Probe.prototype.triggered, (call, rig) => {
      checkName(event, call, "an event", "new-message");
      const names = ["times", "since", "timeout"];
      const given = behindData(data, options, { call, names, first: `triggered(${show(event)}` });
      const { times, since, after, timeout } = asked(given, names, call, rig);
      const question: Question = { event, channel: this.name, data, since };
      // It goes on where it has stopped: of many events each is looked at once.
      let seen = { start: -1, last: after, count: 0 };
      const look = (): { value: Message } | undefined => {
        const page = rig.journal.read({ channel: this.name, kinds: EVENTS, after: seen.last, state: false });
        const count = page.start === seen.start ? seen.count : 0;
        seen = { start: page.start, last: page.last, count };
        for (const entry of page.entries) {
          if (!this.#isAsked(question, entry, Math.max(after, page.start))) continue;
          seen.count += 1;
          if (seen.count === times) return { value: messageOf(entry) };
        }
        return undefined;
      };
      return {
        timeout,
        look,
        late: (time) => {
          const { count } = seen;
          const wanted = `${show(event)}${data === undefined ? "" : ` ${showMatch(data)}`}`;
          const within = `on ${show(this.name)} within ${showMilliseconds(time)}`;
          const head =
            count === 0
              ? `${wanted} was not triggered ${within}.`
              : `${wanted} was triggered ${often(count)} ${within}, and not ${often(times)}.`;
          return this.#unheard(rig, head, question, count === 0, true);
        },
      };
    });
  }

  received(event: string, data?: Match, options?: ReceivedOptions): Promise<Message> {
    return this.#wait<Message>("received", Probe.prototype.received, (call, rig) => {
      checkName(event, call, "an event", "new-message");
      const names = ["by", "times", "since", "timeout"];
      const given = behindData(data, options, { call, names, first: `received(${show(event)}` });
      const { by, times, since, after, timeout } = asked(given, names, call, rig);
      const question: Question = {
        event,
        channel: this.name,
        data,
        since,
        ...(by === undefined ? {} : { client: by }),
      };
      /** How often that client has had it who has had it most often. */
      let most = 0;
      /** It may be on its way to somebody: that it arrives is no entry of its own. */
      let isUnderWay = false;
      const look = (): Outcome<Message> | undefined => {
        const whose = by !== undefined && isMockClient(by) ? { client: by.client } : {};
        const page = aboutChannel(rig.journal, this.name, by, whose);
        const events = page.entries.filter((entry) => this.#isAsked(question, entry, Math.max(after, page.start)));
        isUnderWay = events.length > 0 && Object.keys(page.taken).length > 0;
        // Most of the time there is nothing yet, and nobody to look at.
        if (events.length === 0 && by === undefined) return undefined;
        const receipts = new Receipts(page);
        const meant = by === undefined ? receipts.clients.all : receipts.clients.find(by);
        most = 0;
        for (const client of meant) {
          let count = 0;
          for (const entry of events) {
            if (!receipts.has(client, entry)) continue;
            count += 1;
            if (count === times) return { value: messageOf(entry) };
          }
          most = Math.max(most, count);
        }
        if (by === undefined || meant.length === 0) return undefined;
        const there = new Whereabouts(page, this.name);
        const [first, ...others] = there.clients.find(by);
        if (![first, ...others].every((client) => there.isOut(client, by))) return undefined;
        const head = `${there.clients.label(first)} will not receive ${show(event)} on ${show(this.name)}: ${there.whyAbsent(first, [])}.`;
        return { failure: lines(head, there.timeline()) };
      };
      return {
        timeout,
        look,
        watch(again) {
          const timer = realTimers.setInterval(() => isUnderWay && again(), LOOK_INTERVAL);
          return () => realTimers.clearInterval(timer);
        },
        late: (time) => {
          const wanted = `${show(event)}${data === undefined ? "" : ` ${showMatch(data)}`} on ${show(this.name)}`;
          const within = `within ${showMilliseconds(time)}`;
          const who = by === undefined ? undefined : this.#labelOf(rig, by);
          if (most > 0) {
            const head = `${who ?? "A client"} received ${wanted} ${often(most)} ${within}, and not ${often(times)}.`;
            return this.#unheard(rig, head, question, false);
          }
          const head = who === undefined ? `Nobody received ${wanted}` : `${who} did not receive ${wanted}`;
          return this.#unheard(rig, `${head} ${within}.`, question, true);
        },
      };
    });
  }

  // ---- what they have in common

  /** Checks what was asked for, and waits. What is wrong rejects, as does a closed app. */
  #wait<T>(
    method: string,
    entry: (...args: never[]) => unknown,
    begin: (call: string, rig: Rig) => Waited<T>,
  ): Promise<T> {
    const call = `channel(${show(this.name)}).${method}()`;
    let owner: object | undefined;
    try {
      const rig = this.#rigOf();
      owner = rig.owner;
      rig.requireOpen();
      const { timeout, look, watch, late } = begin(call, rig);
      const shown = (text: string): string => shownAt(text, rig, { channel: this.name });
      const watched = {
        call,
        look() {
          if (rig.isClosed) return { failure: `${call} waits for an app that was closed meanwhile.` };
          const outcome = look();
          return outcome !== undefined && "failure" in outcome ? { failure: shown(outcome.failure) } : outcome;
        },
        watch(again: () => void) {
          const ends = [watchApp(rig, again), watch?.(again)];
          return () => ends.forEach((end) => end?.());
        },
        late: (time: number) => shown(late(time)),
      };
      return waitFor(watched, timeout, entry, owner);
    } catch (error) {
      return refused(call, error, entry, owner);
    }
  }

  /** Whether a client is not subscribed, and may yet be. */
  #isOnItsWay(rig: Rig, by: MockWho): boolean {
    const there = new Whereabouts(
      rig.journal.read({ channel: this.name, kinds: STEPS, client: by.client, data: false }),
      this.name,
    );
    const [client] = there.clients.find(by);
    return client === undefined || !(there.isOn(client, this.name) || there.isOut(client, by));
  }

  #whereabouts(rig: Rig, who?: Who): Whereabouts {
    return new Whereabouts(aboutChannel(rig.journal, this.name, who, { kinds: STEPS, data: false }), this.name);
  }

  #isAsked({ event, data }: Question, entry: Entry, after: number): boolean {
    if (entry.channel !== this.name || entry.event !== event || entry.seq <= after) return false;
    if (entry.kind !== "triggered" && entry.kind !== "client-event") return false;
    return data === undefined || matches(data, decode(entry.data));
  }

  #labelOf(rig: Rig, who: Who): string {
    const clients = new Clients(rig.journal.read({ kinds: STEPS, data: false }));
    const [client] = clients.find(who);
    return client === undefined ? calledOf(who) : clients.label(client);
  }

  /** A head, and why it is so. */
  #unheard(rig: Rig, head: string, question: Question, isAsked: boolean, notTriggered = false): string {
    const page = rig.journal.read();
    const clients = new Clients(page);
    const concerned = question.client === undefined ? [] : clients.find(question.client);
    const hint = fakeTimersHint(rig.later.waiting(), clients, concerned);
    if (!isAsked) return lines(head, hint);
    const says = { nearest: true, notTriggered };
    const answer = why(page, question, { ...contextOf(rig, question), says });
    const near = answer.near.length === 0 ? undefined : `Nearest:\n${nearMissTable(answer.near)}`;
    const steps = answer.timeline.length === 0 ? undefined : timeline(answer.timeline, clients);
    // What is under way says itself what it waits for.
    const last = answer.reason === "under-way" ? undefined : hint;
    return lines(
      head,
      answer.text === "" ? undefined : answer.text,
      near,
      steps,
      last ?? (answer.reason === "never-triggered" ? stoppedTimeHint() : last),
    );
  }

  #notSubscribed(rig: Rig, by: Who | undefined, count: number, time: number): string {
    const waiting = rig.later.waiting();
    // Of all channels: it may be that another is meant.
    const there = new Whereabouts(rig.journal.read({ kinds: STEPS, data: false }), this.name);
    const { present, clients } = there;
    const within = `within ${showMilliseconds(time)}`;
    const channel = show(this.name);
    if (by === undefined) {
      const names = present.map((client) => clients.label(client));
      const head =
        names.length === 0
          ? `Nobody was subscribed to ${channel} ${within}.`
          : `${names.length} of ${count} clients ${names.length === 1 ? "was" : "were"} subscribed to ${channel} ${within}: ${inWords(names)}.`;
      const why = there.whyAbsentAll(waiting);
      const elsewhere = subscribedElsewhere(rig, this.name);
      if (elsewhere !== undefined) why.push(elsewhere);
      else if (clients.all.length === 0 && isUnswapped(rig)) why.push(UNSWAPPED);
      return lines(head, there.meant(), ...why, there.timeline(), fakeTimersHint(waiting, clients, []));
    }
    const meant = clients.find(by);
    if (meant.length === 0) {
      const why = isMockClient(by) ? "it has not connected yet" : `there is no client ${there.insteadOf(by)}`;
      const head = `${calledOf(by)} was not subscribed to ${channel} ${within}: ${why}.`;
      return lines(head, subscribedElsewhere(rig, this.name), fakeTimersHint(waiting, clients, []));
    }
    const absent = meant.filter((client) => !present.includes(client));
    const head = `${clients.label(absent[0] ?? meant[0])} was not subscribed to ${channel} ${within}.`;
    const why = absent.map((client) => `${there.whyAbsent(client, waiting)}.`);
    return lines(head, ...why, there.meant(), there.timeline(), fakeTimersHint(waiting, clients, absent));
  }

  // ---- presence

  #checkMembers(ids: readonly unknown[], call: string): void {
    if (!this.name.startsWith("presence-")) {
      throw new TypeError(
        `pushrig: ${call} is asked of presence channels, whose names begin with "presence-"; wait for others with subscribed()`,
      );
    }
    for (const id of ids) {
      if ((typeof id === "string" && id !== "") || Number.isFinite(id)) continue;
      throw new TypeError(`pushrig: ${call} takes ids of users such as "ann" or 1, not ${show(id)}`);
    }
  }

  /** In the order in which they came. */
  #members(rig: Rig): Member[] {
    const frame = native.members(rig.number, this.name);
    if (frame === null) return [];
    const { ids, hash } = decodeFrame(frame).data.presence as { ids: string[]; hash: Record<string, unknown> };
    return ids.map((id) => (hash[id] == null ? { id } : { id, info: hash[id] }));
  }

  #notMembers(rig: Rig, wanted: readonly string[], time: number): string {
    const ids = this.#members(rig).map(({ id }) => id);
    const there = new Whereabouts(rig.journal.read({ kinds: STEPS, data: false }), this.name);
    const missing = wanted.filter((id) => !ids.includes(id));
    const more = ids.filter((id) => !wanted.includes(id));
    const has = ids.length === 0 ? "it has none" : `it has ${inWords(ids)}`;
    const expected = wanted.length === 0 ? "was not without members" : `did not have the members ${inWords(wanted)}`;
    const head = `${show(this.name)} ${expected} within ${showMilliseconds(time)}; ${has}.`;
    const waiting = rig.later.waiting();
    const why = missing.map((id) => {
      const clients = there.clients.find(id);
      if (clients.length === 0) return `${id} is missing: no client is of that user.`;
      return `${id} is missing: ${there.whyAbsent(clients[0], waiting)}.`;
    });
    const extra = more.length === 0 ? undefined : `Not expected: ${inWords(more)}.`;
    const hint = fakeTimersHint(
      waiting,
      there.clients,
      missing.flatMap((id) => there.clients.find(id)),
    );
    const elsewhere = missing.length === 0 ? undefined : subscribedElsewhere(rig, this.name);
    return lines(head, ...why, extra, there.meant(), elsewhere, there.timeline(), hint);
  }
}

function often(count: number): string {
  return count === 1 ? "once" : `${count.toLocaleString("en")} times`;
}

/** One below the other; what is undefined is left out. */
function lines(...texts: Array<string | undefined>): string {
  return texts.filter((text) => text !== undefined).join("\n");
}
