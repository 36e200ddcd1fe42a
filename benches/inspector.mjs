/**
 * The page of a gateway in Chromium: how soon it can be used, whether it stays free while somebody scrolls and while thousands of
 * events come, what watching costs the gateway's process, and whether it goes on growing; and how soon a large trace can be looked
 * at. `npm run bench`; nothing is asserted. `node --expose-gc benches/inspector.mjs trace` measures that alone. Three minutes.
 *
 * The gateway runs in a process of its own, and so do ten clients with pusher-js: its processor time is that of nobody else.
 */

import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium as playwright } from "playwright-core";
import { chromium, installChromium } from "../scripts/real-clients.mjs";
import { median, table } from "./measure.mjs";

const isBrief = process.env.BENCH_ROUNDS !== undefined;
const ROUNDS = isBrief ? 1 : 7;
const RATE = 2_000;
const SECONDS = isBrief ? 1 : 5;
const KEPT = 10_000;
const CLIENTS = 10;
/** Bytes of a trace. */
const LARGE = (isBrief ? 1 : 50) * 1024 * 1024;

// ---- the gateway

if (process.argv[2] === "gateway") {
  const { createMockPusher } = await import("../dist/index.js");
  const app = createMockPusher();
  const { url } = await app.listen({ port: 0 });
  let sent = 0;
  const send = () =>
    void app.server.trigger("task-1", "new-message", { id: `m${(sent += 1)}`, text: "Ship it on Monday" });
  const work = {
    /** As many as there is time for, in turns. */
    async burst(count) {
      for (let at = 1; at <= count; at += 1) {
        send();
        if (at % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 4));
      }
    },
    /** So many a second. */
    async stream(seconds) {
      const began = Date.now();
      const used = process.cpuUsage();
      for (let count = 0; count < seconds * RATE;) {
        const due = Math.min(seconds * RATE, ((Date.now() - began) / 1_000) * RATE);
        for (; count < due; count += 1) send();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const { user, system } = process.cpuUsage(used);
      return { microseconds: (user + system) / (seconds * RATE * CLIENTS) };
    },
    async subscribed() {
      await app.channel("task-1").subscribed({ count: CLIENTS, timeout: 60_000 });
    },
  };
  process.on("message", async ([name, given]) => process.send((await work[name](given)) ?? {}));
  process.send({ url, key: app.app.key });
  await once(process, "disconnect");
  process.exit();
}

if (process.argv[2] === "clients") {
  const { default: Pusher } = await import("pusher-js");
  const { hostname, port } = new URL(process.argv[3]);
  for (let at = 0; at < CLIENTS; at += 1) {
    const where = { wsHost: hostname, wsPort: Number(port), forceTLS: false, enabledTransports: ["ws"] };
    new Pusher(process.argv[4], { cluster: "mock-cluster", ...where })
      .subscribe("task-1")
      .bind("new-message", () => {});
  }
  await once(process, "disconnect");
  process.exit();
}

const isOfTrace = process.argv[2] === "trace";

const own = (...args) => (isOfTrace ? undefined : fork(fileURLToPath(import.meta.url), args));
const gateway = own("gateway");
const answer = async () => (await once(gateway, "message"))[0];
const { url, key } = isOfTrace ? {} : await answer();
const clients = own("clients", url, key);
const does = (...work) => {
  gateway.send(work);
  return answer();
};

// ---- the trace

/** As `writeTrace()` has it: a client that is there, and then events, a tenth of them with as much data as a trace keeps. */
async function writeLarge(path) {
  const file = createWriteStream(path);
  const lines = [
    { v: 1, trace: "pushrig", time: "2026-01-01T00:00:00.000Z", test: "streams an answer", file: "room.test.ts" },
    { page: { start: 0, forgotten: 0, date: 1_767_225_600_000, base: [], before: [] } },
    { seq: 1, t: 0, kind: "connected", connection: "ada-1", client: 1, name: "ada", door: "process" },
    { seq: 2, t: 0.1, kind: "subscribed", connection: "ada-1", client: 1, channel: "task-1" },
    { seq: 3, t: 0.2, kind: "bound", connection: "ada-1", client: 1, channel: "task-1", event: "new-message" },
  ].map((line) => JSON.stringify(line));
  let size = 0;
  let seq = 4;
  for (; size < LARGE; seq += 1) {
    const text = "Ship it on Monday. ".repeat(seq % 10 === 0 ? 100 : 8);
    const data = JSON.stringify({ id: `m${seq}`, text });
    const at = "src/app/api/chat/route.ts:262";
    const event = { channel: "task-1", event: "new-message", data, bytes: data.length, subscribers: 1, at };
    lines.push(JSON.stringify({ seq, t: seq / 10, kind: "triggered", ...event }));
    size += lines.at(-1).length;
    if (lines.length < 1_000) continue;
    if (!file.write(`${lines.splice(0).join("\n")}\n`)) await once(file, "drain");
  }
  file.end(`${lines.join("\n")}\n${JSON.stringify({ failure: null, last: 1, taken: {} })}\n`);
  await once(file, "close");
  return seq - 1;
}

/** Milliseconds from the command until the first row has been clicked and says who got it. */
async function tracing() {
  const folder = mkdtempSync(join(tmpdir(), "pushrig-bench-"));
  const path = join(folder, "large.jsonl");
  const [rows, clicked, all] = [[], [], []];
  try {
    const count = await writeLarge(path);
    for (let round = 0; round < ROUNDS; round += 1) {
      const page = await browser.newPage({ viewport: { width: 1_280, height: 800 } });
      const began = performance.now();
      const since = () => performance.now() - began;
      const command = spawn(process.execPath, ["dist/cli.js", "open", path, "--no-browser"], {
        cwd: fileURLToPath(new URL("..", import.meta.url)),
        stdio: ["ignore", "pipe", "inherit"],
      });
      let printed = "";
      for await (const piece of command.stdout.iterator({ destroyOnReturn: false })) {
        printed += piece;
        if (/page +http\S+\s/.test(printed)) break;
      }
      await page.goto(/page +(http\S+)/.exec(printed)[1], { waitUntil: "commit" });
      await page.locator(".row").first().waitFor();
      rows.push(since());
      await page.locator('.row[data-event="true"]').first().click();
      await page.locator(".got li").first().waitFor();
      clicked.push(since());
      const isWhole = (count) => document.querySelector(".row")?.ariaSetSize === String(count);
      await page.waitForFunction(isWhole, count, { timeout: 60_000 });
      all.push(since());
      await page.close();
      command.kill();
      await once(command, "exit");
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { row: median(rows), clicked: median(clicked), all: median(all) };
}

async function tellTrace() {
  const { row, clicked, all } = await tracing();
  table(`"pushrig open" of a trace of ${LARGE / 1024 / 1024} MB, from the command on`, [
    { what: "the first row is there, ms", value: row.toFixed(0) },
    { what: "it was clicked and says who got it, ms", value: ms(clicked, 2_000) },
    { what: "all rows are there, ms", value: all.toFixed(0) },
  ]);
}

// ---- the browser

await installChromium();
const browser = await playwright.launch({
  executablePath: chromium(),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--js-flags=--expose-gc",
    "--enable-precise-memory-info",
  ],
});

async function open() {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 800 } });
  await page.addInitScript(() => {
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    });
  });
  await page.goto(url);
  await page.locator(".row").first().waitFor();
  return page;
}

const longest = (values) => Math.max(0, ...values);
const ms = (value, bar) => `${value.toFixed(1)} (bar ${bar})`;

/** Milliseconds from navigation until a row can be clicked, with as many rows as are kept. */
async function interactive() {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const page = await browser.newPage();
    await page.addInitScript(() => {
      const look = () =>
        document.querySelector(".row") === null ? requestAnimationFrame(look) : (window.usable = performance.now());
      requestAnimationFrame(look);
    });
    await page.goto(url);
    await page.waitForFunction(() => window.usable !== undefined);
    times.push(await page.evaluate(() => window.usable));
    await page.close();
  }
  return median(times);
}

/** The longest frame while all rows go by. */
async function scrolling() {
  const page = await open();
  const frames = await page.evaluate(async () => {
    const list = document.querySelector(".list");
    const frames = [];
    const frame = () => new Promise(requestAnimationFrame);
    list.scrollTop = 0;
    await frame();
    let before = await frame();
    for (let top = 0; top < list.scrollHeight; top += 1_500) {
      list.scrollTop = top;
      const now = await frame();
      frames.push(now - before);
      before = now;
    }
    return frames;
  });
  await page.close();
  return frames;
}

/** Processor time of the gateway's process per delivery without a page and with one, in turns, and the longest task of the page. */
async function watching() {
  const [without, withPage, tasks] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    without.push((await does("stream", SECONDS)).microseconds);
    const page = await open();
    await page.evaluate(() => (window.long.length = 0));
    withPage.push((await does("stream", SECONDS)).microseconds);
    tasks.push(longest(await page.evaluate(() => window.long)));
    await page.close();
  }
  return { without: median(without), withPage: median(withPage), longest: longest(tasks) };
}

/** Bytes of the tab's heap, collected, after so many events. */
async function heap() {
  const page = await open();
  const used = () =>
    page.evaluate(async () => {
      for (let round = 0; round < 5; round += 1) {
        window.gc();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return performance.memory.usedJSHeapSize;
    });
  const [first, then] = isBrief ? [1_000, 2_000] : [20_000, 100_000];
  await does("burst", first);
  await page.waitForTimeout(1_000);
  const early = await used();
  await does("burst", then - first);
  await page.waitForTimeout(1_000);
  const late = await used();
  await page.close();
  return { early, late };
}

try {
  await tellTrace();
  if (!isOfTrace) await tellGateway();
} finally {
  await browser.close();
  clients?.disconnect();
  gateway?.disconnect();
}

async function tellGateway() {
  await does("subscribed");
  await does("burst", isBrief ? 1_000 : KEPT + 1_000);
  const frames = await scrolling();
  const { without, withPage, longest: task } = await watching();
  const { early, late } = await heap();
  table("the page of a gateway", [
    { what: "usable after navigation, ms", value: ms(await interactive(), 300) },
    { what: `the longest of ${frames.length} frames while scrolling, ms`, value: ms(longest(frames), 50) },
    { what: `the longest task at ${RATE} events a second, ms`, value: ms(task, 100) },
    {
      what: "the gateway's processor time per delivery, with a page beside without",
      value: ms(withPage / without, 1.2),
    },
    { what: "the same in µs, without and with", value: `${without.toFixed(2)} and ${withPage.toFixed(2)}` },
    { what: "the tab's heap after 100,000 events beside after 20,000", value: ms(late / early, 1.1) },
    { what: "that heap, MB", value: `${(early / 1e6).toFixed(1)} and ${(late / 1e6).toFixed(1)}` },
  ]);
}
