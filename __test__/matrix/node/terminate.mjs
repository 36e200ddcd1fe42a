// Worker threads, each ended in the middle of traffic to and from the main thread: 40, or 200 for long.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";

const rounds = process.env.PUSHRIG_LONG ? 200 : 40;
const atATime = 2;
const credentials = { appId: "1", key: "key", secret: "secret", cluster: "mt1" };

const server = new MockPusherServer(credentials);
let fromWorkers = 0;
const channel = new MockPusherClient("key", { cluster: "mt1" }).subscribe("traffic");
channel.bind("from-worker", () => {
  fromWorkers += 1;
});

// What main sends reaches the clients of all workers that live just then.
let done = false;
function send() {
  if (done) return;
  for (let i = 0; i < 5; i++) void server.trigger("traffic", "from-main", { i });
  setImmediate(send);
}
send();

async function live(round) {
  const worker = new Worker(new URL("./terminate-worker.mjs", import.meta.url), { workerData: credentials });
  // The worker says so once events of main have reached it while it sends its own.
  await once(worker, "message");
  // At once, or some turns of the event loop later: never at the same point of the worker's work.
  for (let turn = 0; turn < round % 7; turn++) await new Promise((resolve) => setImmediate(resolve));
  await worker.terminate();
}

let next = 0;
async function lane() {
  while (next < rounds) await live(next++);
}
await Promise.all(Array.from({ length: atATime }, lane));
done = true;

assert.ok(fromWorkers >= rounds, `only ${fromWorkers} events came from ${rounds} workers`);

// The broker is in good health: nobody is left but the client of this thread, and it hears.
assert.equal(pusherMockState.getSubscriberCount("traffic"), 1);
let heard = 0;
channel.bind("at-last", () => {
  heard += 1;
});
await server.trigger("traffic", "at-last", {});
assert.equal(heard, 1);
