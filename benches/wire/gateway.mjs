// The gateway as users have it: `listen()` from the built package, in a process of its own. Says its port and how long
// `listen()` took; publishes from this thread when it is told to.
import { setTimeout as sleep } from "node:timers/promises";
import { listen, pusherMockState } from "../../dist/index.js";

const start = performance.now();
const gateway = await listen({ port: 0 });
process.send({ port: gateway.port, listenMs: performance.now() - start });

process.on("message", async ({ publish: { times, intervalMs } }) => {
  const calls = [];
  for (let i = 0; i < times; i += 1) {
    await sleep(intervalMs);
    const start = performance.now();
    pusherMockState.trigger("wire", "event", `@@99${"0".repeat(23)}`);
    calls.push((performance.now() - start) * 1000);
  }
  process.send({ calls });
});
process.on("disconnect", () => process.exit());
