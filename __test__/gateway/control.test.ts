import { type ClientRequest, request } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { createRig } from "../../lib/app/rigs.js";
import type { ControlAnswer, ControlHandler, ControlRequest } from "../../lib/gateway/control.js";
import { type Gateway, openOn } from "../../lib/gateway/gateway.js";
import type { ListenOptions } from "../../lib/options/listen.js";

type Answer = ControlHandler["answer"];

/** A gateway whose control routes are answered so. */
async function open(answer: Answer, options: ListenOptions = {}): Promise<Gateway> {
  const rig = createRig({ id: "7", key: "control", secret: "of-the-test" }, "a test");
  const gateway = await openOn(rig, { port: 0, ...options }, { makeControl: () => ({ answer }) });
  onTestFinished(async () => {
    await gateway.close();
    rig.close();
  });
  return gateway;
}

interface Received {
  status: number | undefined;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

interface Asked {
  answered: Promise<Received>;
  hangUp(): void;
}

function send({ port }: Gateway, method: string, path: string, body = "", headers = {}): Asked {
  let asked!: ClientRequest;
  const answered = new Promise<Received>((resolve, reject) => {
    asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, async (response) => {
      resolve({ status: response.statusCode, headers: response.headers, body: (await response.toArray()).join("") });
    });
    asked.on("error", reject).end(body);
  });
  answered.catch(() => {});
  return { answered, hangUp: () => asked.destroy() };
}

const ask = (...asked: Parameters<typeof send>): Promise<Received> => send(...asked).answered;

const ok = (body: unknown): ControlAnswer => ({ status: 200, body: JSON.stringify(body) });

/** What answers nothing until it is told to. */
function waiting(): { answer: Answer; asked: Promise<ControlRequest>; go: (answer: ControlAnswer) => void } {
  let go!: (answer: ControlAnswer) => void;
  const answered = new Promise<ControlAnswer>((resolve) => (go = resolve));
  let answer!: Answer;
  const asked = new Promise<ControlRequest>((resolve) => {
    answer = (request) => {
      resolve(request);
      return answered;
    };
  });
  return { answer, asked, go };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}

describe("a request to the control routes", () => {
  it("is answered by whoever was handed in", async () => {
    const gateway = await open(async ({ method, target, body }) => ok({ method, target, body }));
    const { status, headers, body } = await ask(gateway, "POST", "/pushrig/v1/wait?app=1", '{"for":"idle ✓"}');
    expect({ status, ...JSON.parse(body) }).toEqual({
      status: 200,
      method: "POST",
      target: "/pushrig/v1/wait?app=1",
      body: '{"for":"idle ✓"}',
    });
    expect(headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store, no-transform" });
  });

  it("is told of without the gateway's prefix", async () => {
    const gateway = await open(async ({ target }) => ok(target), { wsPath: "/below" });
    const { body } = await ask(gateway, "GET", "/below/pushrig/v1/state");
    expect(JSON.parse(body)).toBe("/pushrig/v1/state");
  });

  it("says which methods an address takes", async () => {
    const gateway = await open(async () => ({ status: 405, body: "{}", allow: "POST" }));
    const { status, headers } = await ask(gateway, "GET", "/pushrig/v1/wait");
    expect([status, headers.allow]).toEqual([405, "POST"]);
  });

  it("ends with whoever hangs up", async () => {
    const { answer, asked, go } = waiting();
    const gateway = await open(answer);
    const { hangUp } = send(gateway, "POST", "/pushrig/v1/wait");
    const { signal } = await asked;
    expect(signal.aborted).toBe(false);
    hangUp();
    await aborted(signal);
    // Too late, and harmless.
    go(ok("late"));
    expect((await ask(gateway, "GET", "/health")).status).toBe(200);
  });

  it("is told that the gateway closes, and so is who would have answered", async () => {
    const { answer, asked } = waiting();
    const gateway = await open(answer);
    const { answered } = send(gateway, "POST", "/pushrig/v1/wait");
    const { signal } = await asked;
    const closed = gateway.close();
    const { status, body } = await answered;
    expect([status, JSON.parse(body)]).toEqual([
      503,
      { error: { code: "closing", message: "pushrig: the gateway is closing" } },
    ]);
    await Promise.all([closed, aborted(signal)]);
  });

  it("has its answer when that makes the gateway restart, and others find the new one", async () => {
    let restarted: Promise<void> | undefined;
    const gateway: Gateway = await open(async () => {
      // Behind the answer.
      restarted = new Promise((resolve) => setImmediate(() => resolve(gateway.restart())));
      return ok("restarting");
    });
    expect((await ask(gateway, "POST", "/pushrig/v1/restart")).body).toBe('"restarting"');
    await restarted;
    expect((await ask(gateway, "GET", "/pushrig/v1/state")).status).toBe(200);
    await restarted;
  });

  it.each([
    ["throws", () => Promise.reject(new Error("what a mistake")), "what a mistake"],
    [
      "throws at once",
      () => {
        throw new Error("what a mistake");
      },
      "what a mistake",
    ],
    ["answers nothing", () => Promise.resolve(undefined), "undefined"],
    ["answers without a status", () => Promise.resolve({ body: "{}" }), "given no answer"],
    ["answers with a status that is none", () => Promise.resolve({ status: 99, body: "{}" }), "given no answer"],
    ["answers with what is no text", () => Promise.resolve({ status: 200, body: {} }), "given no answer"],
  ])("is answered with an error when its handler %s", async (_, answer, why) => {
    const gateway = await open(answer as unknown as Answer);
    const { status, body } = await ask(gateway, "GET", "/pushrig/v1/state");
    const { error } = JSON.parse(body) as { error: { code: string; message: string } };
    expect([status, error.code]).toEqual([500, "failed"]);
    expect(error.message).toContain(why);
  });
});

describe("the stream of events", () => {
  it("has what this thread only notes, without anything published behind it", async () => {
    const rig = createRig({ id: "8", key: "stream", secret: "of-the-stream" }, "a test");
    const gateway = await openOn(rig, { port: 0 });
    onTestFinished(async () => {
      await gateway.close();
      rig.close();
    });
    const path = "/pushrig/v1/events?kinds=bound,threw";
    const told = await new Promise<string>((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port: gateway.port, path, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
          // The first piece comes when it is read: only what is noted from here on shows that notes do not wait.
          if (text.startsWith("retry") && !text.includes("entry")) {
            setImmediate(() => rig.journal.note({ kind: "threw", text: "a mistake" }));
          }
          if (text.includes("a mistake")) {
            asked.destroy();
            resolve(text);
          }
        });
      });
      asked.on("error", reject).end();
    });
    expect(told).toContain('"kind":"threw"');
    expect(told).not.toContain("of-the-stream");
  });
});
