import { Later } from "../../lib/app/later.js";
import type { ApiAnswer } from "../../lib/native/rejection.js";
import type { Settings } from "../../lib/options/settings.js";

/** A request as it reaches the app in this process, below `/apps/{id}`. */
export interface RigCall {
  method: string;
  path: string;
  query: Record<string, string>;
  body: string;
}

/** A rig without a broker: writes down what the server asks and gives the answer that the test has set. */
export class RecordingRig {
  app = { id: "3", key: "the-key", secret: "the-secret", cluster: "eu" };
  settings: Pick<Settings, "delivery" | "latency"> = { delivery: "immediate", latency: { min: 0, max: 0 } };
  anyCredentials = true;
  answer: ApiAnswer = { status: 200, body: "{}" };
  calls: RigCall[] = [];
  /** Nobody reads it. */
  journal = { tellsLines: false, line: () => 0, note: () => {} };
  /** What a server's `timeout` waits in. */
  later = new Later();
  /** How many of the calls came the short way of one event to one channel. */
  published = 0;
  /** What `delay()` returns; set by tests of the other delivery modes. */
  waits: Promise<void> = Promise.resolve();

  request(method: string, path: string, query: Record<string, string>, body: string): ApiAnswer {
    this.calls.push({ method, path, query, body });
    return this.answer;
  }

  publish(channel: string, event: string, data: string, _line?: string, socketId?: string): ApiAnswer | undefined {
    this.published++;
    const body = { name: event, data, channels: [channel], ...(socketId !== undefined && { socket_id: socketId }) };
    this.calls.push({ method: "POST", path: "/events", query: {}, body: JSON.stringify(body) });
    return this.answer.status >= 400 ? this.answer : undefined;
  }

  /** The broker is asked who has a key; here everybody has. */
  believes(): boolean {
    return true;
  }

  secretOf(): string | undefined {
    return undefined;
  }

  delay(): Promise<void> {
    return this.waits;
  }
}

/** The rig that servers made from now on get. */
let rig = new RecordingRig();

export function freshRig(): RecordingRig {
  rig = new RecordingRig();
  return rig;
}

/** Takes the place of `lib/app/rigs.ts`. */
export const namesRig = (): boolean => false;

export const rigForServer = (): (() => RecordingRig) => {
  const own = rig;
  return () => own;
};
