// Takes the picture of the example: two tabs side by side, as Ada in the light and Grace in the dark see them.
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

const picture = join(root, "docs/images/nextjs.png");
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

/** Both pictures on one page. */
async function sideBySide(browser, pictures) {
  const page = await browser.newPage({ viewport: { width: 2 * tabSize.width + 72, height: tabSize.height + 48 } });
  const images = pictures.map((png) => `<img src="data:image/png;base64,${png.toString("base64")}">`);
  await page.setContent(
    `<style>
      body { margin: 0; padding: 24px; display: flex; gap: 24px; background: #8a8fa6 }
      img { width: ${tabSize.width}px; border-radius: 12px; box-shadow: 0 6px 24px #0005 }
    </style>${images.join("")}`,
  );
  await page.screenshot({ path: picture });
}

export async function takeScreenshot() {
  await installChromium();
  const { url, stop } = await startExample();
  const browser = await playwright.launch({
    executablePath: chromium(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
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
    mkdirSync(dirname(picture), { recursive: true });
    await sideBySide(browser, [await ada.page.screenshot(), await grace.page.screenshot()]);
    console.log(`pushrig: ${picture}`);
  } finally {
    await browser.close();
    await stop();
  }
}
