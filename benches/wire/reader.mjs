// Reads what happens from a gateway as fast as it comes, and does nothing with it. Says that it listens; its input is how many
// triggers there were, and once it was told of them, or has waited for them in vain, it says of how many, and how often entries were
// forgotten before it came to them. Its argument is the port.
import { get } from "node:http";

const url = `http://127.0.0.1:${process.argv[2]}/pushrig/v1/events?kinds=triggered`;
let triggered = 0;
let gaps = 0;
let look = () => {};
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
  look();
});
console.log(JSON.stringify({ listening: true }));
const say = () => {
  console.log(JSON.stringify({ triggered, gaps }));
  process.exit();
};
process.stdin.setEncoding("utf8").once("data", (text) => {
  look = () => triggered >= Number(text) && say();
  look();
  setTimeout(say, 5_000);
});
