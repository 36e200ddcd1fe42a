/**
 * In-process cost: triggering, loading and resetting. `npm run bench`; nothing is asserted.
 */

import { execFileSync } from "node:child_process";
import { EventEmitter } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { MockPusherClient, MockPusherServer, pusherMockState } from "../dist/index.js";
import { measure, median, table } from "./measure.mjs";
import { PureBroker, PureClient, answer } from "./pure-js.mjs";
import { PusherMock } from "pusher-js-mock";

const payload = (bytes) => ({ id: "x".repeat(Math.max(1, bytes - 9)) });
const options = { cluster: "mock-cluster" };
const bar = (value, limit) => `${value.toFixed(2)} (bar ${limit})`;

async function triggers() {
  const rows = [];
  for (const [bytes, clients, limit] of [
    [30, 1, 2.0],
    [300, 1, 1.3],
    [30, 100, 1.2],
    [300, 100, 1.2],
  ]) {
    const channel = `bench-${bytes}-${clients}`;
    const data = payload(bytes);
    const pure = new PureBroker();
    const emitter = new EventEmitter();
    const peer = new PusherMock("key", options);
    let calls = 0;
    const callback = () => {
      calls += 1;
    };
    for (let i = 0; i < clients; i += 1) {
      new MockPusherClient("mock-pusher-key", options).subscribe(channel).bind("event", callback);
      const client = new PureClient();
      client.bind("event", callback);
      pure.subscribe(channel, client);
      peer.subscribe(channel).bind("event", callback);
      emitter.setMaxListeners(0).on("event", callback);
    }
    await Promise.resolve();
    const result = await measure({
      pushrig: () => pusherMockState.trigger(channel, "event", data),
      pure: () => pure.trigger(channel, "event", data),
      peer: () => peer.channel(channel).emit("event", data),
      emitter: () => emitter.emit("event", data),
    });
    rows.push({
      bytes,
      clients,
      "pushrig ns": Math.round(result.pushrig),
      "pure JS ns": Math.round(result.pure),
      "× pure JS": bar(result.pushrig / result.pure, limit),
      "pusher-js-mock ns": Math.round(result.peer),
      "EventEmitter ns": Math.round(result.emitter),
    });
    if (calls === 0) throw new Error("nothing was delivered");
    pusherMockState.reset();
  }
  table("pusherMockState.trigger → callback (pusher-js-mock and EventEmitter pass the object itself)", rows);
}

async function awaited() {
  const server = new MockPusherServer({ appId: "1", key: "mock-pusher-key", secret: "s", cluster: "mock-cluster" });
  const rows = [];
  for (const bytes of [30, 300]) {
    const data = payload(bytes);
    const pure = new PureBroker();
    const client = new PureClient();
    client.bind("event", () => {});
    pure.subscribe("awaited", client);
    new MockPusherClient("mock-pusher-key", options).subscribe("awaited").bind("event", () => {});
    const result = await measure({
      pushrig: () => server.trigger("awaited", "event", data),
      pure: () => {
        pure.trigger("awaited", "event", data);
        return answer();
      },
    });
    rows.push({
      bytes,
      "pushrig ns": Math.round(result.pushrig),
      "pure JS ns": Math.round(result.pure),
      "×": bar(result.pushrig / result.pure, 2.0),
    });
    pusherMockState.reset();
  }
  table("await server.trigger → callback", rows);
}

function resets() {
  const samples = [];
  for (let round = 0; round < 15; round += 1) {
    for (let i = 0; i < 10_000; i += 1) pusherMockState.trigger(`reset-${i % 1000}`, "event", { i });
    const start = performance.now();
    pusherMockState.reset();
    samples.push(performance.now() - start);
  }
  table("reset() after 10,000 events on 1,000 channels", [{ ms: bar(median(samples), 5) }]);
}

function loading() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const time = (code) => {
    const samples = [];
    for (let i = 0; i < 11; i += 1) {
      const script = `const t = performance.now(); ${code}; console.log(performance.now() - t)`;
      samples.push(Number(execFileSync(process.execPath, ["-e", script], { cwd: root, encoding: "utf8" })));
    }
    return median(samples);
  };
  const empty = time('require("./benches/empty.cjs")');
  const imported = time('require("./dist/index.js")');
  // The addon is loaded on the first use.
  const used = time('new (require("./dist/index.js").MockPusherServer)({})');
  const binary = readdirSync(root).find((name) => name.endsWith(".node"));
  const bytes = statSync(new URL(`../${binary}`, import.meta.url)).size;
  const zipped = gzipSync(readFileSync(new URL(`../${binary}`, import.meta.url))).length;
  table("loading", [
    { what: "require, ms over an empty module", value: bar(imported - empty, 10) },
    { what: "require and the first server, ms over an empty module", value: bar(used - empty, 15) },
    { what: ".node, MB", value: bar(bytes / 1e6, 3) },
    { what: ".node compressed, MB", value: (zipped / 1e6).toFixed(2) },
  ]);
}

await triggers();
await awaited();
resets();
loading();
