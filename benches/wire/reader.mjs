// Reads what happens from a gateway as fast as it comes, and does nothing with it. Says that it listens, and when its input
// ends, how many triggers it was told of and whether entries were forgotten before it came to them. Its argument is the port.
import { get } from "node:http";

const url = `http://127.0.0.1:${process.argv[2]}/pushrig/v1/events?kinds=triggered`;
let triggered = 0;
let gaps = 0;
const response = await new Promise((resolve, reject) => get(url, resolve).on("error", reject));
if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`);
let rest = "";
response.setEncoding("utf8").on("data", (text) => {
  const events = (rest + text).split("\n\n");
  rest = events.pop();
  for (const event of events) {
    if (event.includes("event: entry")) triggered += 1;
    else if (event.includes("event: gap")) gaps += 1;
  }
});
console.log(JSON.stringify({ listening: true }));
process.stdin.resume().on("end", () => {
  console.log(JSON.stringify({ triggered, gaps }));
  process.exit();
});
