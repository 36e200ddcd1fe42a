// docs/nextjs.md, from zero: the files that it shows are an application, and two tabs of it meet.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingLines } from "../../../scripts/docs.mjs";
import { freePort } from "../../../scripts/free-port.mjs";
import { Application, folder } from "./application";
import { blocks, writeGuide } from "./guide";
import { launch } from "./tab";

/** Inside the example's copy, whose packages it finds. */
const project = join(folder, "guide");

/** As the guide says for applications that have an instrumentation already; the example has the other way. */
const instrumentation = `
export async function register() {
  const { register: openGateway } = await import("pushrig/next");
  await openGateway();
}
`;

let application: Application;
let browser: Browser;
beforeAll(async () => {
  const { write } = writeGuide(project);
  write("src/instrumentation.ts", instrumentation);
  application = await Application.dev("turbopack", { gatewayPort: await freePort(), cwd: project });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await application?.stop();
  rmSync(project, { recursive: true, force: true });
});

it("gets two tabs talking with the files of the guide", async () => {
  const [first, second] = await Promise.all([browser.newPage(), browser.newPage()]);
  for (const page of [first, second]) {
    const isSubscribed = new Promise<void>((resolve) => {
      page.on("websocket", (socket) => {
        socket.on("framereceived", ({ payload }) => String(payload).includes("subscription_succeeded") && resolve());
      });
    });
    await page.goto(application.url);
    await isSubscribed;
  }

  await first.getByLabel("Message").fill("Hello from the guide");
  await first.getByRole("button", { name: "Send" }).click();

  for (const page of [first, second]) {
    await page.getByRole("listitem").waitFor();
    expect(await page.getByRole("listitem").allTextContents()).toEqual(["Hello from the guide"]);
  }
});

it("shows nothing from the example that the example does not have", () => {
  const shown = blocks.filter(({ shownBy }: any) => shownBy !== undefined);
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.flatMap((block: any) => missingLines(block))).toEqual([]);
});
