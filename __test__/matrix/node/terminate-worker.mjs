import { parentPort, workerData } from "node:worker_threads";
import { MockPusherClient, MockPusherServer } from "pushrig";

const server = new MockPusherServer(workerData);
const client = new MockPusherClient("key", { cluster: "mt1" });
const channel = client.subscribe("traffic");

let heard = 0;
channel.bind("from-main", () => {
  heard += 1;
  if (heard === 1) parentPort.postMessage("under traffic");
});

function send() {
  for (let i = 0; i < 5; i++) void server.trigger("traffic", "from-worker", { i });
  setImmediate(send);
}
send();
