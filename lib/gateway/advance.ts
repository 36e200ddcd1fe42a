/** Time at a gateway that a test moves: what is due is done, one after the other, up to the end of it. */

import type { GatewayHandle } from "../../binding.js";
import type { Rig } from "../app/rig.js";
import { show } from "../base/shown.js";
import type { SentWebhook } from "../webhooks/endpoint.js";

/** What `advance()` did. */
export interface Advanced {
  /** Milliseconds. */
  readonly passed: number;
  /** Socket ids of the clients that were asked for a sign of life; one that can answer has done so. */
  readonly pinged: readonly string[];
  /** Clients that were cut: 4201 for want of an answer, 4009 for want of authorization, 1006 where one has gone without a word. */
  readonly cut: ReadonlyArray<{ readonly socketId: string; readonly code: number }>;
  /** How many `subscription_count` events there were. */
  readonly counts: number;
  /** Cache channels whose event was forgotten. */
  readonly expired: readonly string[];
  /** Webhooks that were sent, once more or for the first time. */
  readonly webhooks: readonly SentWebhook[];
  /** What `simulate()` had begun and is over, such as `"subway"`. */
  readonly simulated: readonly string[];
  /** All of this in a sentence. */
  readonly text: string;
  toString(): string;
}

/** What the gateway's thread answers for each step. */
interface Step {
  passed: number;
  pinged: string[];
  cut: Array<[socketId: string, code: number]>;
  counts: number;
  expired: string[];
}

/** What is sent later: its time is the app's. */
const MOVED = ["webhook", "fault"] as const;

/** Skips so many milliseconds of the gateway's time and of its apps'. `asked` is how the test has put it. */
export async function advance(
  handle: () => GatewayHandle | undefined,
  rigs: readonly Rig[],
  time: number,
  asked: number | string,
): Promise<Advanced> {
  const did: Step = { passed: 0, pinged: [], cut: [], counts: 0, expired: [] };
  const attempts = (): Map<SentWebhook, number> =>
    new Map(rigs.flatMap((rig) => rig.webhooks.list().map((webhook) => [webhook, webhook.attempts] as const)));
  for (const rig of rigs) await rig.webhooks.quiet();
  const before = attempts();
  const simulations = rigs.flatMap(({ network }) => network.simulations());
  do {
    const next = Math.min(...rigs.map(({ later }) => later.untilNext(MOVED)));
    const answer = await handle()?.advance(Math.min(time - did.passed, Math.max(0, next)));
    if (typeof answer !== "string") throw new Error("pushrig: this gateway was closed while its time was moved");
    const step = JSON.parse(answer) as Step;
    for (const rig of rigs) {
      // What the gateway's thread has done is heard of now, and not when the thread wakes this one.
      rig.seat.dispatch();
      rig.later.move(step.passed, MOVED);
      await rig.webhooks.quiet();
    }
    did.passed += step.passed;
    did.pinged.push(...step.pinged);
    did.cut.push(...step.cut);
    did.counts += step.counts;
    did.expired.push(...step.expired);
  } while (did.passed < time);
  const webhooks = [...attempts()]
    .filter(([webhook, count]) => before.get(webhook) !== count)
    .map(([webhook]) => webhook);
  const cut = did.cut.map(([socketId, code]) => ({ socketId, code }));
  const simulated = simulations.filter(({ isOver }) => isOver).map(({ preset }) => preset);
  const text = tell({ ...did, cut, webhooks, simulated }, asked);
  return { ...did, cut, webhooks, simulated, text, toString: () => text };
}

const WHY: Record<number, string> = { 1006: "gone", 4009: "not authorized", 4201: "no pong" };

/** Of so many clients a text tells. */
const TOLD = 5;

function tell(did: Omit<Advanced, "text">, asked: number | string): string {
  const done: string[] = [];
  const { pinged, cut, counts, expired, webhooks, simulated } = did;
  if (pinged.length > 0) done.push(`ping to ${many(new Set(pinged).size, "socket")}`);
  for (const { socketId, code } of cut.slice(0, TOLD))
    done.push(`cut ${socketId} with ${code} (${WHY[code] ?? "late"})`);
  if (cut.length > TOLD) done.push(`cut ${cut.length - TOLD} more`);
  if (counts > 0) done.push(many(counts, "subscription_count"));
  if (expired.length > 0) done.push(`forgot the event of ${expired.map((channel) => show(channel)).join(", ")}`);
  if (webhooks.length > 0) done.push(`sent ${many(webhooks.length, "webhook")}`);
  for (const preset of simulated) done.push(`ended simulate(${show(preset)})`);
  const what = done.length === 0 ? "nothing: nothing was due" : done.join(", ");
  return (
    `advance(${show(asked)}) did${done.length === 0 ? " " : ": "}${what}. ` +
    "Timers of pages and of Node are not moved: page.clock, vi.advanceTimersByTime."
  );
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
