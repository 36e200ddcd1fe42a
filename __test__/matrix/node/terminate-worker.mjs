import { parentPort, workerData } from "node:worker_threads";
import { MockPusherClient, MockPusherServer } from "pushrig";

const server = new MockPusherServer(workerData);
const client = new MockPusherClient("key", { cluster: "mt1" });
const channel = client.subscribe("traffic");

// An answer to each event keeps both sides busy, and neither can drown the other.
let heard = 0;
channel.bind("from-main", () => {
  heard += 1;
  void server.trigger("traffic", "from-worker", { heard });
  if (heard === 10) parentPort.postMessage("under traffic");
});

setInterval(() => {}, 1000); // a subscription alone keeps no thread alive
