import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import PusherJs from "pusher-js";
import { afterAll, describe, expect, it } from "vitest";
import { next } from "../support/next";
import { ordinaryEnvironment } from "../support/environment";

/** How many further crowds come and go. */
const CROWDS = process.env.PUSHRIG_LONG ? 50 : 1;
/** Server and client have 20,000 open files each at most. */
const CONNECTIONS = 10_000;

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** A fixture in a process of its own, which answers what it is asked. */
class Fixture {
  readonly #child: ChildProcess;

  constructor(script: string, ...args: string[]) {
    const file = fileURLToPath(new URL(`fixtures/${script}`, import.meta.url));
    this.#child = fork(file, args, { env: ordinaryEnvironment(), execArgv: ["--expose-gc"] });
    children.push(this.#child);
  }

  async told(): Promise<any> {
    const [message] = await once(this.#child, "message");
    return message;
  }

  ask(question: string): Promise<any> {
    this.#child.send(question);
    return this.told();
  }

  /** Ends without a word, as a killed tab does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}

/** What the server measures once only one client is connected and no file is being closed. */
async function settled(server: Fixture): Promise<any> {
  let before: any;
  for (;;) {
    const now = await server.ask("measure");
    if (now.connections === 1 && now.files === before?.files) return now;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe(`${CONNECTIONS.toLocaleString("en")} idle connections`, () => {
  it("cost little, keep nobody waiting, and leave nothing behind", { timeout: 120_000 * CROWDS }, async () => {
    const server = new Fixture("idle-server.cjs");
    const { port } = await server.told();
    const own = new PusherJs("mock-pusher-key", {
      cluster: "mt1",
      wsHost: "127.0.0.1",
      wsPort: port,
      forceTLS: false,
      enabledTransports: ["ws"],
    });
    const channel = own.subscribe("room");
    await next(channel, "pusher:subscription_succeeded");
    // Once around first, so that what is only ever allocated once is there.
    const warming = new Fixture("idle-clients.cjs", String(port), "1000");
    await warming.told();
    await warming.kill();
    const base = await settled(server);

    const clients = new Fixture("idle-clients.cjs", String(port), String(CONNECTIONS));
    expect(await clients.told()).toEqual({ connected: CONNECTIONS });
    const crowded = await server.ask("measure");
    expect(crowded.connections).toBe(CONNECTIONS + 1);
    const perConnection = (crowded.rss - base.rss) / CONNECTIONS;
    expect(perConnection).toBeLessThan(3 * 1024);

    // Everyone else is served, and a newcomer let in.
    for (let event = 0; event < 20; event++) {
      const heard = next(channel, "event");
      await server.ask("trigger");
      expect(await heard).toBe("still here");
    }
    const health = await fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: "close" } });
    expect(await health.json()).toMatchObject({ status: "ok", connections: CONNECTIONS + 1 });

    await clients.kill();
    const isBack = async (): Promise<void> => {
      const look = () => server.ask("measure");
      await expect.poll(look, { timeout: 20_000 }).toMatchObject({ connections: 1, files: base.files });
    };
    await isBack();
    // The allocator keeps what they needed, but a second crowd needs nothing more; over many its own waste grows a little.
    for (let crowd = 0; crowd < CROWDS; crowd++) {
      const again = new Fixture("idle-clients.cjs", String(port), String(CONNECTIONS));
      expect(await again.told()).toEqual({ connected: CONNECTIONS });
      expect((await server.ask("measure")).rss - crowded.rss).toBeLessThan(CONNECTIONS * (512 + 32 * crowd));
      await again.kill();
      await isBack();
    }
    own.disconnect();
    expect(await server.ask("close")).toEqual({ closed: true });
  });
});
