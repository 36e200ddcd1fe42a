import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../scripts/free-port.mjs";
import { Application, build, type Bundler } from "./application";
import { onStage, tellStories } from "./stories";
import { Tab } from "./tab";

/** Who the browser of a page is, once that is known. */
const nameIn = (page: Page): Promise<string | null> => page.evaluate(() => localStorage.getItem("name"));

describe.each<Bundler>(["turbopack", "webpack"])("next build --%s", (bundler) => {
  let gatewayPort: number;
  let output: string;

  beforeAll(async () => {
    gatewayPort = await freePort();
    output = await build(bundler, gatewayPort);
  });

  it("opens no gateway while it builds", () => {
    expect(output).not.toContain("gateway for browsers");
  });

  describe("next start", () => {
    const stage = onStage(() => Application.production(gatewayPort));
    tellStories(stage);

    it.each([390, 320])("fits on a phone %i pixels wide, with four people", async (width) => {
      const { application, browser, ada } = stage;
      const phone = { viewport: { width, height: 700 }, isMobile: true, hasTouch: true };
      const more = await Promise.all(
        ["Barbara", "Edsger"].map((name) => Tab.open(browser, application.url, name, phone)),
      );
      await expect.poll(() => more[1].people()).toEqual(["Ada", "Barbara", "Edsger", "Grace"]);
      const tooWide = await more[1].page.evaluate((width) => {
        const isWide = (element: Element) => element.getBoundingClientRect().right > width + 0.5;
        return [...document.querySelectorAll("body *")].filter(isWide).map(({ outerHTML }) => outerHTML.slice(0, 80));
      }, width);
      expect(tooWide).toEqual([]);
      expect(await more[1].page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      for (const tab of more) await tab.close();
      await expect.poll(() => ada.people()).toEqual(["Ada", "Grace"]);
    });

    it("shows one person once, however many tabs they have open", async () => {
      const { application, browser, grace } = stage;
      const elsewhere = await Tab.open(browser, application.url, "Ada");
      const unnamed = await browser.newContext();
      const [first, second] = [await unnamed.newPage(), await unnamed.newPage()];
      await first.goto(application.url);
      // Made up once the page's own code runs, which is after it has loaded; a second tab before that makes up its own.
      await expect.poll(() => nameIn(first)).not.toBeNull();
      const name = await nameIn(first);
      await second.goto(application.url);
      const people = [...new Set(["Ada", "Grace", name])].toSorted();
      for (const page of [first, second]) {
        await expect
          .poll(() =>
            page
              .locator(".presence .name")
              .allTextContents()
              .then((all) => all.toSorted()),
          )
          .toEqual(people);
      }
      await expect.poll(() => grace.people()).toEqual(people);

      await Promise.all([elsewhere.close(), unnamed.close()]);

      // Ada's first tab is still open.
      await expect.poll(() => grace.people()).toEqual(["Ada", "Grace"]);
    });

    it("says in an empty chat what to do, until somebody has", async () => {
      const { ada } = stage;
      await ada.page.locator(".card", { hasText: "Search as you type" }).click();
      await ada.isLive();
      const invitation = ada.page.getByText("Write the first message, or ask the agent");
      await invitation.waitFor();
      expect(await ada.page.getByRole("link", { name: "as Grace" }).getAttribute("href")).toBe("/?as=Grace");
      await ada.writes("How fast is it?");
      expect(await ada.reads("How fast is it?")).toBe(1);
      await expect.poll(() => invitation.count()).toBe(0);
      await ada.page.locator(".card", { hasText: "#1" }).click();
      await ada.isLive();
    });

    it("lets a second process publish to the gateway of the first", async () => {
      const second = await Application.production(gatewayPort);
      try {
        await expect
          .poll(() => second.output)
          .toMatch(new RegExp(`attached to the gateway of process \\d+ \\(next start\\) on 127.0.0.1:${gatewayPort}`));
        const body = JSON.stringify({ title: "Renamed from elsewhere" });
        await second.fetch("/api/tasks/1/title", { method: "PUT", body });
        await expect.poll(() => stage.ada.task()).toMatchObject({ title: "Renamed from elsewhere" });
      } finally {
        await second.stop();
      }
    });
  });

  describe("standalone", () => {
    tellStories(onStage(() => Application.standalone(gatewayPort)));
  });
});
