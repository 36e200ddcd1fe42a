// docs/nextjs.md, from zero: the files that it shows are an application, and two tabs of it meet.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { blocksOf, missingLines, pathOf } from "../../scripts/docs.mjs";
import { freePort } from "../../scripts/free-port.mjs";
import { Application, folder } from "./application";
import { launch } from "./tab";

interface Block {
  code: string;
  shownBy?: string;
}

const guide = fileURLToPath(new URL("../../docs/nextjs.md", import.meta.url));
const blocks: Block[] = blocksOf(readFileSync(guide, "utf8"));
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
  rmSync(project, { recursive: true, force: true });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  };
  for (const { code } of blocks) {
    const path = pathOf(code);
    if (path !== undefined) write(path, code);
  }
  write("src/instrumentation.ts", instrumentation);
  // What create-next-app makes besides.
  write("src/app/layout.tsx", "export default ({ children }: any) => <html><body>{children}</body></html>;");
  cpSync(join(folder, "tsconfig.json"), join(project, "tsconfig.json"));
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
  const shown = blocks.filter(({ shownBy }) => shownBy !== undefined);
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.flatMap(missingLines)).toEqual([]);
});
