// Starts `npm start` as a person would, waits until it is healthy, presses Ctrl-C and expects exit code 0.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const PATIENCE = 300_000;

const npm = spawn("npm", ["start", "--silent", "--", "--port", "0", "--json"], {
  stdio: ["ignore", "pipe", "inherit"],
  detached: true,
});
/** As a terminal does: everybody in the group gets the signal, npm, its shell, the script and the command. */
const signal = (name) => process.kill(-npm.pid, name);
const ended = new Promise((resolve) => npm.on("close", (code, name) => resolve(name ?? code)));
const hangs = setTimeout(() => signal("SIGKILL"), PATIENCE);

let healthy = false;
let saidGoodbye = false;
for await (const line of createInterface({ input: npm.stdout })) {
  console.log(line);
  if (line.includes('"type":"listening"')) {
    const { url } = JSON.parse(line);
    const response = await fetch(`${url}/health`);
    healthy = response.ok && (await response.json()).status === "ok";
    signal("SIGINT");
  }
  saidGoodbye ||= line.includes('"type":"stopped"');
}
const code = await ended;
clearTimeout(hangs);
console.log(`npm start: ${healthy ? "healthy" : "not healthy"}, ended with ${code}`);
process.exitCode = healthy && saidGoodbye && code === 0 ? 0 : 1;
