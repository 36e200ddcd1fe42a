// `storybook dev` itself: a story in its frame and by itself joins the gateway without an option, and goes on when it is edited.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { chromium } from "playwright";
import { MockPusherServer, channel, listen, pusherMockState } from "pushrig";

const file = "storybook/Live.stories.tsx";
const text = readFileSync(file, "utf8");
const turnedAway = [];
const onActivity = (activity) => activity.type === "turnedAway" && turnedAway.push(activity);
const gateway = await listen({ port: 0, onActivity });
const server = new MockPusherServer({
  appId: "1",
  key: "mock-pusher-key",
  secret: "mock-pusher-secret",
  cluster: "mock-cluster",
});

const port = await new Promise((resolve) => {
  const finder = createServer().listen(0, "127.0.0.1", () => {
    const { port } = finder.address();
    finder.close(() => resolve(port));
  });
});
const words = ["dev", "--ci", "--no-open", "--config-dir", "storybook/config", "--port", String(port)];
const storybook = spawn(process.execPath, ["node_modules/storybook/dist/bin/dispatcher.js", ...words], {
  env: { ...process.env, STORYBOOK_GATEWAY: gateway.url, STORYBOOK_DISABLE_TELEMETRY: "1" },
  stdio: ["ignore", "inherit", "inherit"],
});
const browser = await chromium.launch({
  executablePath: process.env.MATRIX_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});

async function isUp() {
  for (;;) {
    if (storybook.exitCode !== null) throw new Error(`storybook dev ended with ${storybook.exitCode}`);
    const answer = await fetch(`http://localhost:${port}/iframe.html`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The story hears of a title once it has joined. */
async function lives(story, title) {
  await channel("private-task-1").subscribed({ timeout: 60_000 });
  await story.getByText("Title: joined").waitFor();
  await server.trigger("private-task-1", "title", { title });
  await story.getByText(`Title: ${title}`).waitFor();
}

try {
  await isUp();
  // On a cold start Vite finds what is imported as it goes, and loads pages anew.
  const warm = await browser.newPage();
  warm.on("console", (message) => console.log(message.text()));
  warm.on("pageerror", (error) => console.log(error.message));
  await warm.goto(`http://localhost:${port}/iframe.html?id=live--task&viewMode=story`);
  await warm.getByText("Title: joined").waitFor({ timeout: 60_000 });
  await warm.close();
  await channel("private-task-1").vacated({ timeout: 10_000 });

  const page = await browser.newPage();
  await page.goto(`http://localhost:${port}/?path=/story/live--task`);
  const frame = page.frameLocator("#storybook-preview-iframe");
  await lives(frame, "Ship it");

  // Edited: the story is there again, and joins once.
  writeFileSync(file, text.replace("<h1>Title: {title}", "<h1>Edited. Title: {title}"));
  await frame.getByText("Edited. Title: joined").waitFor({ timeout: 60_000 });
  await channel("private-task-1").subscribed({ count: 1, timeout: 10_000 });
  await server.trigger("private-task-1", "title", { title: "Ship it again" });
  await frame.getByText("Edited. Title: Ship it again").waitFor();
  if (pusherMockState.getSubscriberCount("private-task-1") !== 1) throw new Error("the story before is still there");
  if (turnedAway.length > 0) throw new Error(`turned away: ${JSON.stringify(turnedAway)}`);
  console.log("ended");
} finally {
  writeFileSync(file, text);
  await browser.close();
  storybook.kill();
  await gateway.close();
}
