import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { openPage, receiver, story, useChromium } from "./opened.js";

useChromium();

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Axe {
  run(options?: { runOnly: string[] }): Promise<{
    violations: Array<{ id: string; help: string; nodes: Array<{ html: string; failureSummary: string }> }>;
  }>;
}

/** What axe-core finds wrong with what is on the screen: in the light, and of the dark what is different there, the colours. */
async function violations(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(
      (options) => (window as unknown as { axe: Axe }).axe.run(options),
      colorScheme === "dark" ? { runOnly: ["color-contrast"] } : undefined,
    );
    for (const { id, nodes } of violations) {
      found.push(...nodes.map(({ html, failureSummary }) => `${colorScheme}: ${id}: ${html}\n${failureSummary}`));
    }
  }
  return found;
}

describe("the page, in the light and in the dark", () => {
  it.each([
    ["on a desk", { width: 1280, height: 800 }],
    ["on a phone", { width: 390, height: 844 }],
  ])("%s, has nothing that keeps anybody out", { timeout: 90_000 }, async (_, viewport) => {
    const hook = await receiver();
    hook.status = 500;
    const { page, row, details, go } = await openPage({
      app: { webhooks: [hook.url] },
      browser: { viewport, reducedMotion: "reduce" },
      async before(app) {
        await story(app);
        const encrypted = app.client({
          name: "mallory",
          authorize: () => new Response("no", { status: 403 }),
          channelAuthorization: { endpoint: "/auth", transport: "ajax" },
        });
        encrypted.subscribe("private-secrets").bind("pusher:subscription_error", () => undefined);
        app.network.lose({ channel: "nowhere" });
      },
    });
    // The page's policy lets no script in but its own; a test's does not come from the page.
    await page.evaluate(axe);
    await page.getByRole("region", { name: "Faults that are on" }).waitFor();
    await row("passkey").waitFor();
    expect(await violations(page)).toEqual([]);
    await row("passkey").click();
    await details.getByText("1 of 2 got it").waitFor();
    expect(await violations(page)).toEqual([]);
    for (const tab of ["Channels", "Send", "Webhooks", "Connect"]) {
      await go(tab);
      if (tab === "Webhooks") await page.locator(".webhooks summary").first().click();
      expect([tab, ...(await violations(page))]).toEqual([tab]);
      // Names of clients are in one line, whatever stands beside them.
      const heights = await page.locator(".clients strong").evaluateAll((all) => all.map((one) => one.clientHeight));
      expect(heights.filter((height) => height > 40)).toEqual([]);
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(wider).toBe(0);
    }
  });
});

describe("the page", () => {
  it("moves nothing for who wants less motion", async () => {
    const moving = async (reducedMotion: "reduce" | "no-preference") => {
      const { page, row } = await openPage({ browser: { reducedMotion }, before: story });
      await row("passkey").waitFor();
      return page.evaluate(
        () =>
          [...document.querySelectorAll("*")].filter((element) => {
            const { transitionDuration, animationName } = getComputedStyle(element);
            return transitionDuration !== "0s" || animationName !== "none";
          }).length,
      );
    };
    expect(await moving("reduce")).toBe(0);
    expect(await moving("no-preference")).toBeGreaterThan(0);
  });

  it("is a page of its own on a phone: a row covers the list, and Close gives it back", async () => {
    const { page, row, details } = await openPage({
      browser: { viewport: { width: 390, height: 844 } },
      before: story,
    });
    await row("passkey").click();
    await details.getByText("1 of 2 got it").waitFor();
    expect(await page.getByRole("listbox").isVisible()).toBe(false);
    await details.getByRole("button", { name: "Close" }).click();
    await row("passkey").waitFor();
    expect(await details.isVisible()).toBe(false);
  });

  it("asks nobody but its gateway", async () => {
    const asked: string[] = [];
    const { page, gateway, row } = await openPage({ before: story });
    page.on("request", (request) => asked.push(new URL(request.url()).origin));
    await page.reload();
    await row("passkey").waitFor();
    expect([...new Set(asked)]).toEqual([new URL(gateway.url).origin]);
  });
});
