// Timers as pusher-js types them. The realm's own functions are looked up at each call, so fake timers steer them, and
// none keeps the process alive.

type Handle = ReturnType<typeof globalThis.setTimeout>;

/** A handle in Node is an object with `unref`; in jsdom and under some fake timers it is a number. */
function unref(handle: Handle): Handle {
  (handle as { unref?: () => void }).unref?.();
  return handle;
}

/** Calls back every `delay` milliseconds. */
export class PeriodicTimer {
  #handle: Handle | null;

  constructor(delay: number, callback: () => void) {
    this.#handle = unref(
      globalThis.setInterval(() => {
        if (this.#handle !== null) callback();
      }, delay) as Handle,
    );
  }

  isRunning(): boolean {
    return this.#handle !== null;
  }

  ensureAborted(): void {
    if (this.#handle === null) return;
    globalThis.clearInterval(this.#handle);
    this.#handle = null;
  }
}

/**
 * Calls back in a later microtask: what a timer of 0 ms is where nothing waits for the clock. A promise reaction, since
 * fake timers may replace `queueMicrotask` and `nextTick`.
 */
export class Turn {
  #running = true;

  constructor(action: () => void) {
    void Promise.resolve().then(() => {
      if (!this.#running) return;
      this.#running = false;
      action();
    });
  }

  isRunning(): boolean {
    return this.#running;
  }

  ensureAborted(): void {
    this.#running = false;
  }
}

/** What all of these have in common. */
export interface Timer {
  isRunning(): boolean;
  ensureAborted(): void;
}

/** Something that waits for its time. */
export interface Waiting extends Timer {
  /** Milliseconds until it is due; 0 once it was done or called off. */
  remaining(): number;
  /** Keeps the process alive until then. */
  keepAlive(): void;
}

/** What it is that waits: enough to tell it from everything else that does. */
export interface WaitingFor {
  what:
    | "opening"
    | "arrival"
    | "sending"
    | "leaving"
    | "member"
    | "answer"
    | "deadline"
    | "timeout"
    | "retry"
    | "tick"
    | "webhook"
    | "fault";
  /** The connection or the receiver that it is for, if it is for one. */
  whom?: string;
  /** What the test calls that, should it not be known by then. */
  name?: string | undefined;
  /** What it must not overtake. */
  behind?: Waiting | undefined;
  /** Whether the process stays alive for it. Default false. */
  keepsAlive?: boolean;
}

/** Something that waits, as one who looks at it sees it. */
export interface WaitingNow {
  readonly what: WaitingFor["what"];
  /** `""` where it is for nobody in particular. */
  readonly whom: string;
  readonly name: string | undefined;
  /** Milliseconds until it is due, on the clock that the test has. */
  readonly remaining: number;
}

/** Who has things done later, and loses none. Milliseconds. */
export interface Schedule {
  after(delay: number, action: () => void, options: WaitingFor): Waiting;
  /** Again and again, until it is called off. */
  every(delay: number, action: () => void, options: WaitingFor): Waiting;
  /** What waits on timers that a test has taken away waits anew, all of its time. Happens with every use, and soon without. */
  recover(): void;
}
