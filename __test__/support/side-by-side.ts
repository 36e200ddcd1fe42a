import { expect, vi } from "vitest";
import type { MockPusherClient } from "../../lib/client/client.js";
import type { Line } from "./line.js";
import { realClient } from "./real-client.js";
import { ScriptedRig } from "./scripted-rig.js";

/** A client, the far ends of its connections in the order of opening, and the trace of what it emits. */
export interface Stage {
  client: MockPusherClient;
  lines: Line[];
  trace: unknown[][];
  /** Notes something in the trace. */
  note(...what: unknown[]): void;
  /** A callback that notes its arguments, which are copied. */
  noting(name: string): (...args: unknown[]) => void;
  /** Lets time pass. What a client sends is on the wire a millisecond later. */
  pass(milliseconds?: number): void;
}

/**
 * Plays a scene with pusher-js 8.6.0 and with the mock over a simulated network: both must leave the same trace. It
 * starts with the state and the number of connections when the constructor has returned; what the connection emits is in
 * it with the time in milliseconds. Needs fake timers.
 */
export function same(scene: (stage: Stage) => void, options: object = {}): unknown[][] {
  const [real, mock] = [realClient, mockClient].map((make) => {
    // Not at 0, which pusher-js takes for no time at all.
    vi.setSystemTime(new Date("2030-01-01"));
    const { client, lines } = make(options) as { client: MockPusherClient; lines: Line[] };
    const trace: unknown[][] = [[client.connection.state, lines.length]];
    const started = Date.now();
    client.connection.bind_global((name: string, data: unknown) => {
      if (name !== "message") trace.push([Date.now() - started, name, data]);
    });
    for (const state of ["connecting", "connected", "unavailable", "disconnected", "failed"]) {
      client.connection.bind(state, (...args: unknown[]) => trace.push([state, args.length]));
    }
    const note = (...what: unknown[]) => {
      trace.push(what);
    };
    const noting =
      (name: string) =>
      (...args: unknown[]) =>
        note(name, args.length, ...args.map((arg) => (arg === undefined ? arg : JSON.parse(JSON.stringify(arg)))));
    const pass = (milliseconds = 0) => {
      vi.advanceTimersByTime(milliseconds);
    };
    scene({ client, lines, trace, note, noting, pass });
    // What the client has sent is on its way in pusher-js.
    pass(1);
    note("state", client.connection.state, "socket_id", client.connection.socket_id);
    lines.forEach((line, i) => note("line", i, line.sent));
    client.disconnect();
    vi.clearAllTimers();
    return trace;
  });
  expect(mock).toEqual(real);
  return mock;
}

function mockClient(options: object): { client: MockPusherClient; lines: Line[] } {
  const rig = new ScriptedRig({ delivery: "network" });
  return { client: rig.client(options), lines: rig.wires };
}

/** Accepts the connection that is being opened. */
export function connect({ lines, pass }: Stage): Line {
  const line = lines.at(-1)!;
  line.open();
  pass();
  return line;
}
