import { describe, expect, it } from "vitest";
import { openPage, story, useChromium } from "./opened.js";

useChromium();

describe("the timeline of the page", () => {
  it("shows what was there, and what comes, as it comes", async () => {
    const { app, row, page } = await openPage({ before: story });
    await row("Sign in with a passkey").waitFor();
    expect(await row("Sign in with a passkey").locator(".reach").textContent()).toBe("2 clients");
    expect(await row("status").locator(".reach").textContent()).toBe("unheard");
    await row("bob is subscribed to task-1").waitFor();
    await app.server.trigger("task-1", "later", { n: 1 });
    await row("later").waitFor();
    expect(await row("later").locator(".reach").textContent()).toBe("3 clients");
    expect(await page.getByRole("status").first().textContent()).toBe("live");
  });

  it("says what to do where nothing has happened, with a line that works", async () => {
    const { page, row, gateway } = await openPage();
    await page.getByText("Nothing yet.").waitFor();
    const line = (await page.locator(".empty pre").textContent()) ?? "";
    expect(line).toContain(`${gateway.url}/pushrig/v1/trigger`);
    const { execFile } = await import("node:child_process");
    await new Promise((resolve, reject) =>
      execFile("sh", ["-c", line], (error, stdout) => (error === null ? resolve(stdout) : reject(error))),
    );
    await row("my-event").waitFor();
  });

  it("filters, and says what of a filter it does not understand", async () => {
    const { page, row } = await openPage({ before: story });
    await row("passkey").waitFor();
    const filter = page.getByRole("searchbox", { name: "Filter" });
    const shown = () => page.locator(".row").allTextContents();
    await filter.fill("channel:task-* is:event");
    await expect.poll(shown).toHaveLength(2);
    await page.getByRole("button", { name: "unheard" }).click();
    await expect.poll(shown).toEqual([expect.stringContaining("status")]);
    expect(await filter.inputValue()).toBe("channel:task-* is:event is:unheard");
    await filter.fill("chanel:x");
    await page.getByText('"chanel" is none; did you mean channel?').waitFor();
    await filter.fill("channel:nowhere");
    await page.getByText("The filter admits none of the entries.").waitFor();
    await filter.press("Escape");
    await row("passkey").waitFor();
  });

  it("goes on receiving while it is paused", async () => {
    const { app, page, row } = await openPage({ before: story });
    await row("passkey").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await app.server.trigger("task-1", "meanwhile", 1);
    await page.getByRole("button", { name: "Go on (1 new)" }).waitFor();
    expect(await row("meanwhile").count()).toBe(0);
    await page.getByRole("button", { name: "Go on" }).click();
    await row("meanwhile").waitFor();
  });

  it("is walked through with the keyboard alone", async () => {
    const { page, row, details } = await openPage({ before: story });
    await row("passkey").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("is:event");
    await expect.poll(() => page.locator(".row").count()).toBe(2);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await details.getByRole("heading", { name: "status" }).waitFor();
    await page.keyboard.press("k");
    await details.getByRole("heading", { name: "title" }).waitFor();
    const list = page.getByRole("listbox");
    expect(await list.getAttribute("aria-activedescendant")).toBe(await row("passkey").getAttribute("id"));
    await page.keyboard.press("Escape");
    await page.getByText("Choose an entry").waitFor();
    expect(await page.evaluate(() => location.hash)).toBe("");
  });

  it(
    "keeps the latest 10,000 of 25,000, says how many are gone, and stays where somebody reads",
    { timeout: 60_000 },
    async () => {
      const { app, page, row } = await openPage();
      const publish = async (from: number, to: number): Promise<void> => {
        for (let n = from; n <= to; n += 1) {
          void app.server.trigger("flood", "e", n);
          if (n % 250 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      await publish(1, 9_000);
      await row(/\D9000\D/).waitFor();
      const list = page.getByRole("listbox");
      await list.evaluate((element) => (element.scrollTop = 5_000 * 34 + 10));
      await row(/\D5005\D/).waitFor();
      const seen = () =>
        list.evaluate((element) => (element as HTMLElement).querySelector(".row:nth-child(12)")?.textContent);
      const before = await seen();
      await publish(9_001, 11_500);
      await expect.poll(() => page.locator(".rows > .hint").textContent()).toContain("older entries are gone");
      expect(await seen()).toBe(before);
      await publish(11_501, 25_000);
      await list.evaluate((element) => (element.scrollTop = element.scrollHeight));
      await row(/\D25000\D/).waitFor();
      expect(await page.locator(".row").count()).toBeLessThan(60);
    },
  );

  it("shows what clients send as text, whatever it is", async () => {
    const hostile = `<img src=x onerror="document.title='broken'"></script><script>document.title='broken'</script>`;
    const { app, page, row, details } = await openPage({ before: story });
    await row("passkey").waitFor();
    await app.server.trigger("task-1", hostile.slice(0, 60), {
      [hostile]: hostile,
      turned: "a\u202eb\u0007c",
      __proto__: null,
    });
    await row("<img src=x").click();
    await details.getByText(hostile).first().waitFor();
    await details.getByText(String.raw`"a\u202eb\u0007c"`).waitFor();
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.title()).not.toContain("broken");
  });
});
