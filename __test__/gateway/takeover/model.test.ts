// The model of the takeover checker finds what breaks each of its rules, and nothing in what breaks none.
import { describe, expect, it } from "vitest";
import { check, type Seen, smallest } from "./model";

const LIMITS = { owner: 2_000, members: 3_000 };

/** Two events before the owner ends and two after, for a client that comes back. */
const fine: Seen[] = [
  { kind: "owners", at: 0, pids: [1, 1] },
  { kind: "subscribed", at: 1, client: "ann", session: "1.1" },
  { kind: "asked", at: 10, event: "a" },
  { kind: "answered", at: 11, event: "a", status: 200 },
  { kind: "received", at: 12, client: "ann", session: "1.1", event: "a" },
  { kind: "asked", at: 20, event: "b" },
  { kind: "answered", at: 21, event: "b", status: 200 },
  { kind: "ended", at: 22, kill: "kill 1", pid: 1 },
  { kind: "lost", at: 23, client: "ann", session: "1.1" },
  { kind: "asked", at: 24, event: "c" },
  { kind: "failed", at: 25, event: "c", error: "ECONNRESET" },
  { kind: "owners", at: 100, pids: [] },
  { kind: "owners", at: 900, pids: [2] },
  { kind: "asked", at: 950, event: "d" },
  { kind: "answered", at: 951, event: "d", status: 200 },
  { kind: "subscribed", at: 1_000, client: "ann", session: "2.1" },
  { kind: "members", at: 1_500, kill: "kill 1", there: ["ann"], expected: ["ann"] },
  { kind: "connections", at: 1_500, kill: "kill 1", count: 1, expected: 1 },
  { kind: "processes", at: 1_500, kill: "kill 1", there: [2, 3], expected: [3, 2] },
  { kind: "asked", at: 2_000, event: "e" },
  { kind: "answered", at: 2_001, event: "e", status: 200 },
  { kind: "received", at: 2_002, client: "ann", session: "2.1", event: "e" },
  { kind: "stopped", at: 4_000, kill: "kill 2", pid: 2 },
  { kind: "owners", at: 4_500, pids: [] },
  { kind: "continued", at: 9_000, kill: "kill 2", pid: 2 },
  { kind: "owners", at: 9_100, pids: [2] },
];

const texts = (history: Seen[]): string[] => check(history, LIMITS).map(({ text }) => text);

it("has nothing against a takeover as it should be", () => {
  expect(texts(fine)).toEqual([]);
});

it("has nothing against a last event that is lost, however late one was read that was asked for before it was answered", () => {
  const late: Seen[] = [
    { kind: "asked", at: 9, event: "late" },
    { kind: "answered", at: 30, event: "late", status: 200 },
    { kind: "received", at: 30, client: "ann", session: "1.1", event: "late" },
  ];
  const history = fine.map((seen) => (seen.kind === "lost" ? { ...seen, at: 31 } : seen));
  expect(texts([...history, ...late])).toEqual([]);
});

describe("finds", () => {
  const without = (...kinds: Array<Partial<Seen>>): Seen[] =>
    fine.filter(
      (seen) => !kinds.some((kind) => Object.entries(kind).every(([key, value]) => seen[key as "at"] === value)),
    );

  it.each<[what: string, history: Seen[], text: string]>([
    ["two owners", [{ kind: "owners", at: 0, pids: [2, 3] }, ...fine], "2 and 3 have the gateway"],
    [
      "an owner beside one that is suspended",
      [...fine, { kind: "owners", at: 5_000, pids: [3] }],
      "3 has the gateway of 2, which is only suspended",
    ],
    [
      "another owner when it goes on",
      [...fine, { kind: "owners", at: 9_200, pids: [3] }],
      "3 has the gateway of 2, which is only suspended",
    ],
    [
      "that nobody has the gateway in time",
      without({ kind: "owners", at: 900 }),
      "nobody has the gateway of 1 2000 ms after its end",
    ],
    [
      "members who have gone",
      [...fine, { kind: "members", at: 2_500, kill: "kill 1", there: ["ann", "bob"], expected: ["ann"] }],
      "members are [ann,bob], not [ann], after kill 1",
    ],
    [
      "members who come late",
      [...fine, { kind: "members", at: 3_500, kill: "kill 1", there: ["ann"], expected: ["ann"] }],
      "members are right only 3478 ms after kill 1",
    ],
    [
      "connections that nobody has",
      [...fine, { kind: "connections", at: 1_500, kill: "kill 1", count: 2, expected: 1 }],
      "2 connections, not 1, after kill 1",
    ],
    [
      "processes that have not met",
      [...fine, { kind: "processes", at: 1_500, kill: "kill 1", there: [2], expected: [2, 3] }],
      "[2] use the gateway, not [2,3], after kill 1",
    ],
    [
      "an event that comes again after the takeover",
      [...fine, { kind: "received", at: 2_003, client: "ann", session: "2.1", event: "a" }],
      "ann got a twice",
    ],
    ["an event that does not come after the takeover", without({ kind: "received", event: "e" }), "ann did not get e"],
    [
      "a gap before the last event of a session that was cut",
      [
        ...without({ kind: "received", event: "a" }),
        { kind: "received", at: 22, client: "ann", session: "1.1", event: "b" },
      ],
      "ann did not get a",
    ],
    [
      "a connection that is lost without reason",
      [...fine, { kind: "lost", at: 3_900, client: "ann", session: "2.1" }],
      "ann lost its connection, and no process had ended",
    ],
    [
      "a call that fails without reason",
      [...fine, { kind: "asked", at: 3_500, event: "f" }, { kind: "failed", at: 3_501, event: "f", error: "no" }],
      "f: no",
    ],
    [
      "a call that is refused without reason",
      [...fine, { kind: "asked", at: 3_500, event: "f" }, { kind: "answered", at: 3_501, event: "f", status: 503 }],
      "f was answered with 503",
    ],
  ])("%s, and nothing else", (_what, history, text) => {
    expect(texts(history)).toEqual([text]);
  });
});

it("leaves of a history what has part in the violation", () => {
  const history: Seen[] = fine.filter((seen) => !(seen.kind === "received" && seen.event === "e"));
  const [violation] = check(history, LIMITS);
  expect(smallest(history, violation, LIMITS)).toEqual(
    [
      { kind: "asked", at: 2_000, event: "e" },
      { kind: "answered", at: 2_001, event: "e", status: 200 },
      { kind: "subscribed", at: 1_000, client: "ann", session: "2.1" },
    ].toSorted((one, other) => one.at - other.at),
  );
});
