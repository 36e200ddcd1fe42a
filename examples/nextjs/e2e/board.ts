/** The board as somebody sees it. */
import type { Page } from "@playwright/test";

export const board = (page: Page) => ({
  /** Opens it as somebody, and waits until the chat is there. */
  async open(name: string) {
    await page.goto(`/?as=${name}`);
    await page.locator('[aria-label="Messages"][aria-busy="false"]').waitFor();
  },
  async write(text: string) {
    await page.getByLabel("Message", { exact: true }).fill(text);
    await page.getByRole("button", { name: "Send" }).click();
  },
  message: (text: string) => page.locator(".message", { hasText: text }),
  people: page.getByLabel("Who is here").getByRole("listitem").locator(".name"),
  connection: page.locator(".connection"),
  title: page.getByLabel("Title"),
  status: page.locator(".status"),
});

/** A text that no other test has written: they share the database. */
export const unique = (text: string) => `${text} ${crypto.randomUUID()}`;
