// What a matcher is asked of, and its arguments: what is wrong with them is told with the fix.
import { show } from "../../base/shown";
import { subjectOf, type Subject } from "../../journal/subject";
import { checkChannel } from "../../mock/asked";

/** What a subject is about. */
type About = "channel" | "app" | "client" | "act";

const CALLED: Record<About, string> = {
  channel: "a channel, as channel() answers it",
  app: "an app (what createMockPusher() answers, or pusherMockState)",
  client: "a mock client",
  act: "what during() answers",
};

const SHORT: Record<About, string> = { ...CALLED, channel: "a channel", app: "an app" };

export function aboutOf(subject: Subject): About {
  if (subject.client !== undefined) return "client";
  if (subject.channel !== undefined) return "channel";
  return subject.to === undefined ? "app" : "act";
}

/** What `value` is about. Throws a TypeError, with the fix, for what `call`, a matcher or a function, is not asked of. */
export function subjectFor(value: unknown, call: string, ...takes: About[]): Subject {
  const subject = subjectOf(value);
  if (subject !== undefined && takes.includes(aboutOf(subject))) return subject;
  const fix = subject === undefined ? fixOf(value, takes) : fixOfOther(aboutOf(subject), takes);
  const got = subject === undefined ? shown(value) : SHORT[aboutOf(subject)];
  const called = takes.map((about) => CALLED[about]);
  throw new TypeError(`pushrig: ${call}() is asked of ${listed(called)}, not of ${got}${fix && `: ${fix}`}`);
}

/** How what is none of ours becomes what the matcher takes. */
function fixOf(value: unknown, takes: readonly About[]): string {
  if (isPromise(value)) return "await it first";
  const isAboutChannels = takes.includes("channel");
  if (typeof value === "string") {
    return isAboutChannels ? `give it channel(${show(value)})` : "give it the client itself, not its name";
  }
  if (typeof value === "function") return takes.includes("act") ? "give it await during(() => …)" : "";
  const { config, trigger } = Object(value) as Record<string, unknown>;
  if (isClient(value)) return "take a client of the mock: MockPusherClient, or pusher-js where a plugin swaps it";
  if (isChannel(value)) {
    return isAboutChannels ? `give it channel(${show(value.name)})` : "give it the client that has subscribed to it";
  }
  if (typeof trigger === "function" && config !== undefined) {
    return isAboutChannels
      ? "give it channel(name)"
      : takes.includes("app")
        ? "give it pusherMockState, or the app that createMockPusher() has made"
        : "give it the client that receives";
  }
  return "";
}

function fixOfOther(about: About, takes: readonly About[]): string {
  if (about === "client") return "of a client there are toHaveReceived() and toReceive()";
  if (takes.includes("client")) return "give it the client that receives; toHaveTriggered() is asked of it";
  return takes.includes("channel") ? "give it channel(name)" : "";
}

function shown(value: unknown): string {
  if (isPromise(value)) return "a promise";
  if (isClient(value)) return "a client of pusher-js itself";
  if (typeof value === "function") return "a function";
  if (isChannel(value)) return "a client's channel object";
  const { config, trigger } = Object(value) as Record<string, unknown>;
  if (typeof trigger === "function" && config !== undefined) return "a server";
  return typeof value === "object" && value !== null && !Array.isArray(value) ? "an object" : show(value);
}

/** A client that is not the mock's. */
function isClient(value: unknown): boolean {
  const { subscribe, connection } = Object(value) as Record<string, unknown>;
  return typeof subscribe === "function" && typeof connection === "object";
}

/** What `subscribe()` answers. Functions have a name, and can be bound. */
function isChannel(value: unknown): value is { name: string } {
  if (typeof value !== "object") return false;
  const { name, bind } = Object(value) as Record<string, unknown>;
  return typeof bind === "function" && typeof name === "string";
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** `a`, `a or b`, `a, b or c`. */
function listed(words: readonly string[]): string {
  return words.length === 1 ? words[0] : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

export function checkMatchedEvent(event: unknown, call: string): asserts event is string {
  if (typeof event === "string" && event !== "") return;
  throw new TypeError(
    `pushrig: ${call}() takes the name of an event, a string such as "new-message", not ${show(event)}`,
  );
}

export function checkCount(count: unknown, call: string): asserts count is number {
  if (Number.isInteger(count) && (count as number) >= 0) return;
  throw new TypeError(`pushrig: ${call}() takes how many, a whole number from 0, not ${show(count)}`);
}

/** The name of the channel that an argument says, by its name or by `channel()`. */
export function channelNamed(value: unknown, call: string): string {
  const name = typeof value === "string" ? value : subjectOf(value)?.channel;
  if (name !== undefined && name !== "") {
    checkChannel(name, `${call}()`);
    return name;
  }
  if (isChannel(value)) return value.name;
  throw new TypeError(
    `pushrig: ${call}() takes the name of a channel, a string such as "task-1", and then the event, not ${show(value)}`,
  );
}
