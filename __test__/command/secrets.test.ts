// A secret of the environment opens what it should, and stands nowhere: in no log, page, answer or trace.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Pusher from "pusher";
import { createMockPusher, MockPusherServer, writeTrace } from "pushrig";
import { expect, it, onTestFinished, vi } from "vitest";
import { Machine } from "./machine.js";

vi.setConfig({ testTimeout: 60_000 });

const SECRET = "the-secret-of-the-environment";
const TOKEN = "the-token-of-the-environment";
const ENV = { PUSHER_APP_ID: "4711", PUSHER_KEY: "environment-key", PUSHER_SECRET: SECRET };

it.each([[["--verbose"]], [["--json", "--verbose"]]])(
  "with %j the command shows PUSHER_SECRET, PUSHRIG_TOKEN and those of its options to nobody",
  async (options) => {
    const machine = new Machine();
    const configured = machine.run([
      "--port=0",
      "--host=0.0.0.0",
      `--app=7:key:${SECRET}`,
      `--token=${TOKEN}`,
      ...options,
    ]);
    await configured.port();
    configured.kill("SIGTERM");
    await configured.ended;

    const gateway = machine.run(["--port", "0", ...options], { env: { ...ENV, PUSHRIG_TOKEN: TOKEN } });
    const port = String(await gateway.port());
    const address = `http://127.0.0.1:${port}`;
    const sdk = (secret: string): Pusher =>
      new Pusher({ appId: "4711", key: ENV.PUSHER_KEY, secret, host: "127.0.0.1", port, useTLS: false });
    // It opens what it should,
    expect((await sdk(SECRET).trigger("task-1", "new-message", { id: "m1" })).status).toBe(200);
    const refusal = await sdk("wrong")
      .trigger("task-1", "e", {})
      .catch((error: { status: number; body: string }) => error);
    expect(refusal).toMatchObject({ status: 401 });

    // and stands in nothing that anybody reads.
    const said = [JSON.stringify(refusal)];
    const paths = ["", "health", "pushrig", "pushrig/openapi.json"];
    const routes = ["state", "journal", "network", "webhooks", "why?event=new-message"].map(
      (route) => `pushrig/v1/${route}`,
    );
    for (const path of [...paths, ...routes]) said.push(await (await fetch(`${address}/${path}`)).text());
    const auth = new URLSearchParams({ socket_id: "1.2", channel_name: "private-a" });
    said.push(await (await fetch(`${address}/pusher/auth`, { method: "POST", body: auth })).text());
    const asked = [
      ["status"],
      ["status", "--json"],
      ["tail", "--no-follow"],
      ["tail", "--no-follow", "--json"],
      ["why", "e"],
      ["wait", "idle", "--json"],
    ];
    for (const args of asked) {
      const { stdout, stderr } = await machine.says([...args, "--url", address], { env: ENV });
      said.push(stdout, stderr);
    }
    gateway.kill("SIGTERM");
    await gateway.ended;
    said.push(gateway.stdout, gateway.stderr, configured.stdout, configured.stderr);
    expect(said.join("")).toContain("new-message");
    expect(said.filter((text) => text.includes(SECRET) || text.includes(TOKEN))).toEqual([]);
  },
);

it("stands in no trace, neither PUSHER_SECRET nor PUSHRIG_TOKEN, whoever triggers it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pushrig-secrets-"));
  for (const [name, value] of Object.entries({ ...ENV, PUSHRIG_TOKEN: TOKEN })) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const failure = new Error(`expected ${SECRET}, or ${SECRET.slice(0, 12)}…, with ${TOKEN}`);
  const app = createMockPusher();
  onTestFinished(() => app.close());
  const server = new MockPusherServer({ appId: "4711", key: ENV.PUSHER_KEY, secret: SECRET, cluster: "eu" });
  for (const one of [app.server, server]) await one.trigger("task-1", "leak", { note: `it is ${SECRET}`, [TOKEN]: 1 });
  for (const write of [app.writeTrace.bind(app), writeTrace]) {
    const trace = readFileSync(write(join(folder, "trace.jsonl"), { failure }), "utf8");
    expect(trace).toContain('"leak"');
    expect([trace.includes(SECRET), trace.includes(SECRET.slice(0, 12)), trace.includes(TOKEN)]).toEqual([
      false,
      false,
      false,
    ]);
  }
});
