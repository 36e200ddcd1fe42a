// The application under a name of its own, as `allowedDevOrigins` of Next.js admits it.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../scripts/free-port.mjs";
import { Application, edit } from "./application";
import { launch, Tab } from "./tab";

describe("next dev with allowedDevOrigins", () => {
  let application: Application;
  let browser: Browser;
  let undo: () => void;
  const at = (host: string): string => application.url.replace("localhost", host);

  beforeAll(async () => {
    undo = edit("next.config.ts", (source) =>
      source.replace("{\n", '{\n  allowedDevOrigins: ["app.test", "*.preview.test"],\n'),
    );
    application = await Application.dev("turbopack", { gatewayPort: await freePort() });
    await application.compile();
    browser = await launch(["app.test", "one.preview.test"]);
  });
  afterAll(async () => {
    await browser?.close();
    await application?.stop();
    undo?.();
  });

  it("has pages of these names meet each other and those of localhost", async () => {
    const names = ["app.test", "one.preview.test", "localhost"];
    const tabs = await Promise.all(names.map((name) => Tab.open(browser, at(name), name)));
    const [first, ...others] = tabs;
    await first.writes("Hello from app.test");
    for (const tab of others) expect(await tab.reads("Hello from app.test")).toBe(1);
    for (const tab of tabs) {
      expect(tab.errors).toEqual([]);
      // Hot reload's own WebSocket goes on beside that of the gateway.
      expect(tab.requests.some((address) => /^ws:.*\/_next\/.*hmr/.test(address))).toBe(true);
      await tab.close();
    }
    expect(application.output).not.toContain("may not use this gateway");
  });
});
