// Takes the pictures of the documents: the example, two tabs side by side, as Ada in the light and Grace in the dark see them; and
// the page of a gateway, in the light, in the dark and on a phone.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chromium as playwright } from "playwright-core";
import { must } from "./command.mjs";
import { example, installExample, next } from "./example.mjs";
import { freePort } from "./free-port.mjs";
import { chromium, installChromium } from "./real-clients.mjs";
import { root } from "./stale.mjs";

const picture = (name) => join(root, `docs/images/${name}.png`);
const tabSize = { width: 960, height: 620 };

/** Builds and starts the example with an empty database. */
async function startExample() {
  await installExample();
  const cwd = join(root, example);
  const data = mkdtempSync(join(tmpdir(), "pushrig-screenshot-"));
  const env = {
    NEXT_TELEMETRY_DISABLED: "1",
    USE_MOCKS: "true",
    PUSHRIG_PORT: String(await freePort()),
    PORT: String(await freePort()),
    DATABASE_FILE: join(data, "workspace.db"),
  };
  await must(next("build"), { cwd, env, quiet: true });
  const [program, ...args] = next("start", "--hostname=localhost");
  const server = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => {
    server.stdout.setEncoding("utf8").on("data", (text) => text.includes("Ready") && resolve());
  });
  const stop = async () => {
    server.kill();
    await once(server, "close");
    rmSync(data, { recursive: true });
  };
  return { url: `http://localhost:${env.PORT}`, stop };
}

async function openTab(browser, url, colorScheme) {
  const context = await browser.newContext({ viewport: tabSize, colorScheme });
  const page = await context.newPage();
  await page.goto(url);
  const say = async (text) => {
    await page.getByLabel("Message", { exact: true }).fill(text);
    await page.getByRole("button", { name: "Send" }).click();
  };
  const sees = (text) => page.getByText(text).first().waitFor();
  return { page, say, sees };
}

/** Pictures of equal height on one, those that are not wide beside the others. */
async function sideBySide(browser, pictures, name) {
  const images = pictures.map((png) => `<img src="data:image/png;base64,${png.toString("base64")}">`);
  const page = await browser.newPage({ viewport: { width: 4_000, height: 1_200 } });
  await page.setContent(
    `<style>
      body { margin: 0 }
      main { display: inline-flex; gap: 24px; padding: 24px; background: #8a8fa6 }
      img { border-radius: 12px; box-shadow: 0 6px 24px #0005 }
    </style><main>${images.join("")}</main>`,
  );
  await page.locator("main").screenshot({ path: picture(name) });
  await page.close();
  console.log(`pushrig: ${picture(name)}`);
}

async function takeExample(browser) {
  const { url, stop } = await startExample();
  try {
    const ada = await openTab(browser, `${url}/?as=Ada`, "light");
    const grace = await openTab(browser, `${url}/?as=Grace`, "dark");
    await ada.sees("Grace");
    await ada.say("Nobody likes our password form. Passkeys?");
    await grace.sees("Passkeys?");
    await grace.say("Yes! Let the agent have a go.");
    await ada.sees("have a go");
    await ada.say("@agent please do this task");
    await grace.page.locator('.status[data-status="in-progress"]').waitFor();
    await Promise.all([ada, grace].map((tab) => tab.sees("Done. I have changed")));
    await Promise.all([ada, grace].map(({ page }) => page.locator('.status[data-status="completed"]').waitFor()));
    await sideBySide(browser, [await ada.page.screenshot(), await grace.page.screenshot()], "nextjs");
  } finally {
    await stop();
  }
}

/** What happens at the gateway whose page is taken: a title that one of three clients does not see, and a few mistakes. */
async function happen(app) {
  const [ada, grace, bob] = ["ada", "grace", "bob"].map((name) =>
    app.client({
      name,
      user: { id: name, info: { name: `${name[0].toUpperCase()}${name.slice(1)}`, role: "editor" } },
    }),
  );
  const room = ada.subscribe("presence-board");
  grace.subscribe("presence-board");
  const task = ada.subscribe("task-1");
  for (const event of ["new-message", "title-update"]) task.bind(event, () => {});
  grace.subscribe("task-1").bind("new_message", () => {});
  await app.channel("presence-board").members("ada", "grace");
  await app.channel("task-1").subscribed({ count: 2 });
  const { server } = app;
  await server.trigger("task-1", "title-update", { id: 1, title: "Sign in with a passkey" });
  const text = "Nobody likes our password form. Passkeys?";
  await server.trigger("task-1", "new-message", {
    id: "m1",
    by: "ada",
    text,
    tags: ["auth", "ui"],
    meta: { edited: false },
  });
  room.trigger("client-typing", { by: "ada" });
  await server.trigger("task-1", "new-message", { id: "m2", by: "grace", text: "Yes! Let the agent have a go." });
  await server.trigger("task-1", "new-message", { id: "m2", by: "grace", text: "Yes! Let the agent have a go." });
  await server.trigger("task-2", "status", { status: "done" });
  await server.trigger("task-1", "attachment", "x".repeat(10_300)).catch(() => {});
  bob.subscribe("task-1").bind("new-message", () => {});
  await app.channel("task-1").subscribed({ by: bob });
  await server.trigger("task-1", "status", { status: "in-progress" });
}

async function takePage(browser) {
  const { createMockPusher } = await import("../dist/index.js");
  const app = createMockPusher();
  const { url } = await app.listen({ port: 0 });
  const open = async (colorScheme, viewport) => {
    const context = await browser.newContext({ viewport, colorScheme });
    const page = await context.newPage();
    await page.goto(url);
    await page.locator('.row[data-event="true"]', { hasText: "passkey" }).first().waitFor();
    return page;
  };
  const choose = async (page) => {
    await page.locator('.row[data-event="true"]', { hasText: "Passkeys?" }).click();
    await page.getByText("1 of 2 got it").waitFor();
  };
  try {
    await happen(app);
    const [light, dark] = await Promise.all(
      ["light", "dark"].map((scheme) => open(scheme, { width: 1_280, height: 800 })),
    );
    const phones = await Promise.all([0, 1].map(() => open("dark", { width: 390, height: 800 })));
    for (const page of [light, dark, phones[1]]) await choose(page);
    await light.screenshot({ path: picture("inspector-light") });
    await dark.screenshot({ path: picture("inspector-dark") });
    const onPhone = [await phones[0].screenshot(), await phones[1].screenshot()];
    await sideBySide(browser, onPhone, "inspector-phone");
    await sideBySide(browser, [await light.screenshot(), onPhone[1]], "inspector");
  } finally {
    await app.close();
  }
}

/** @param only `"example"` or `"page"`; both without */
export async function takeScreenshots(only) {
  await installChromium();
  const browser = await playwright.launch({
    executablePath: chromium(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
  mkdirSync(dirname(picture("")), { recursive: true });
  try {
    if (only !== "page") await takeExample(browser);
    if (only !== "example") await takePage(browser);
  } finally {
    await browser.close();
  }
}
