// The gateway as users have it: `listen()` from the built package, in a process of its own. Says its port and how long
// `listen()` took, the first time and once more; publishes from this thread when it is told to. Its argument is the folder of the
// build.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const { listen, pusherMockState } = await import(String(pathToFileURL(join(process.argv[2], "dist/index.js"))));

const times = [performance.now()];
const gateway = await listen({ port: 0 });
times.push(performance.now());
const further = await listen({ port: 0 });
times.push(performance.now());
await further.close();
process.send({ port: gateway.port, listenMs: times[1] - times[0], furtherMs: times[2] - times[1] });

const data = `@@99${"0".repeat(23)}`;

/** How long one trigger takes, in microseconds. */
function time(channel) {
  const start = performance.now();
  pusherMockState.trigger(channel, "event", data);
  return (performance.now() - start) * 1000;
}

process.on("message", async ({ publish: { times, intervalMs } }) => {
  const calls = { awake: [], asleep: [], unheard: [] };
  for (let i = 0; i < times; i += 1) {
    await sleep(intervalMs);
    for (let i = 0; i < 300; i += 1) time("unheard");
    calls.awake.push(time("wire"));
    await sleep(intervalMs);
    calls.asleep.push(time("wire"));
    await sleep(intervalMs);
    calls.unheard.push(time("unheard"));
  }
  process.send({ calls });
});
process.on("disconnect", () => process.exit());
