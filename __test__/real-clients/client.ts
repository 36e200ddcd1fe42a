import PusherJs from "pusher-js";
import { clientOptions } from "pushrig";
import type { Page } from "playwright-core";
import { PusherJsDriver, perform, type Who } from "./drivers/pusher-js.js";
import type { Chromium } from "./chromium.js";
import { Inbox } from "./inbox.js";
import { PythonProcess } from "./python.js";

/** How a test asks something of a client, wherever that runs. */
type Call = (method: string, ...args: unknown[]) => Promise<unknown>;

/** A client of the gateway, whichever library it is. Its methods resolve when the service has agreed. */
export class RealClient {
  readonly socketId: string;
  readonly #call: Call;
  readonly #inbox: Inbox;
  readonly #end: () => Promise<void>;
  #gone = false;

  constructor(socketId: string, call: Call, inbox: Inbox, end: () => Promise<void> = async () => {}) {
    this.socketId = socketId;
    this.#call = call;
    this.#inbox = inbox;
    this.#end = end;
  }

  /** Subscribes, and listens to these events of the channel. */
  async subscribe(channel: string, ...events: string[]): Promise<void> {
    await this.#call("subscribe", channel, events);
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#call("unsubscribe", channel);
  }

  /** Sends a client event. */
  async trigger(channel: string, event: string, data: unknown): Promise<void> {
    await this.#call("trigger", channel, event, data);
  }

  /** The user ids that the client knows to be present, in order. */
  members(channel: string): Promise<string[]> {
    return this.#call("list_members", channel) as Promise<string[]>;
  }

  /** Signs in and listens to these events of the user. */
  async signin(...events: string[]): Promise<void> {
    await this.#call("signin", events);
  }

  /** The data of the oldest event of this name that was not asked for yet, once it is there. */
  next(channel: string, event: string): Promise<any> {
    return this.#inbox.next(channel, event);
  }

  /** What has arrived of this name. */
  arrived(channel: string, event: string): unknown[] {
    return this.#inbox.arrived(channel, event);
  }

  /** Leaves as a client does; harmless when it has gone. */
  async disconnect(): Promise<void> {
    if (this.#gone) return;
    await this.#call("disconnect");
    await this.vanish();
  }

  /** Ends the tab or process that the client runs in, without a word. */
  async vanish(): Promise<void> {
    this.#gone = true;
    await this.#end();
  }
}

/** A library that connects to the gateway. */
export interface Library {
  name: string;
  /** What it can do besides channels. */
  has: Set<"encryption" | "users">;
  connect(who: Who): Promise<RealClient>;
}

const everything = new Set(["encryption", "users"] as const);

/** A client in this process. */
export function inThisProcess(name: string, has: Library["has"], open: (who: Who) => PusherJs): Library {
  return {
    name,
    has,
    async connect(who) {
      const inbox = new Inbox();
      const driver = new PusherJsDriver(open(who), inbox.hear);
      return new RealClient(await driver.connect(), async (...call) => perform(driver, ...call), inbox);
    },
  };
}

/** pusher-js in this process. */
export const inNode = inThisProcess(
  "pusher-js in Node",
  everything,
  (who) => new PusherJs("mock-pusher-key", clientOptions(who)),
);

type InPage = "pusher-js" | "laravel-echo" | "pushrig";

/** A library in a page of its own. */
export function inChromium(
  chromium: () => Chromium,
  library: InPage,
  transport: "ws" | "xhr_streaming" | "xhr_polling" | "any transport" = "ws",
): Library {
  const enabledTransports = transport === "any transport" ? undefined : [transport];
  return {
    name: `${library} in Chromium over ${transport}`,
    has: library === "pushrig" ? new Set(["users"]) : everything,
    async connect(who) {
      const inbox = new Inbox();
      const page = await chromium().open(inbox.hear);
      const socketId = await page.evaluate(([library, who]) => window.connectWith(library, who), [
        library,
        { enabledTransports, ...who },
      ] as const);
      return new RealClient(socketId, callIn(page), inbox, () => page.close());
    },
  };
}

function callIn(page: Page): Call {
  return (...call) => page.evaluate((call) => window.perform(window.driver, ...call), call);
}

/** A library of PyPI in a process of its own. */
export function inPython(library: "pysher" | "asyncpusher"): Library {
  return {
    name: `${library} in Python`,
    has: new Set(),
    async connect({ url, user }) {
      const inbox = new Inbox();
      const process = new PythonProcess(`${library}_client.py`, inbox.hear);
      const { hostname, port } = new URL(url);
      const socketId = await process.call(
        "connect",
        hostname,
        Number(port),
        "mock-pusher-key",
        "mock-pusher-secret",
        user ?? null,
      );
      return new RealClient(
        socketId as string,
        (...call) => process.call(...call),
        inbox,
        () => process.end(),
      );
    },
  };
}
