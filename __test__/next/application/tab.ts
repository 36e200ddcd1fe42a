// A tab of the example in Chromium: what a person does and sees there, and what goes over its network.
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { chromium as findChromium } from "../../../scripts/real-clients.mjs";

/** Chromium itself calls home unless it is told not to. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** `names`: hosts that lead to this machine. */
export function launch(names: readonly string[] = []): Promise<Browser> {
  const rules = names.map((name) => `MAP ${name} localhost`).join(",");
  return chromium.launch({ executablePath: findChromium(), args: [...QUIET, `--host-resolver-rules=${rules}`] });
}

export class Tab {
  readonly page: Page;
  /** Every address that this tab has asked for, WebSockets included. */
  readonly requests: string[] = [];
  /** Names of the events that came over the gateway's WebSockets. */
  readonly events: string[] = [];
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("websocket", (socket) => {
      this.requests.push(socket.url());
      socket.on("framereceived", ({ payload }) => {
        if (socket.url().includes("/app/")) this.events.push(JSON.parse(String(payload)).event);
      });
    });
  }

  /** Opens the board in a browser of its own, as somebody, and waits until it hears of the others. */
  static async open(browser: Browser, url: string, name: string, options?: BrowserContextOptions): Promise<Tab> {
    // Two contexts share no session, as two people do not.
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
    const tab = new Tab(await context.newPage());
    // Asked for when the board's subscription is acknowledged.
    const tasks = tab.page.waitForResponse(`${url}/api/tasks`);
    await tab.page.goto(`${url}/?as=${name}`);
    await tasks;
    await tab.isLive();
    await tab.#people.filter({ hasText: name }).waitFor();
    return tab;
  }

  /** Waits until the chat is subscribed and has its messages. */
  async isLive(): Promise<void> {
    await this.page.locator('[aria-label="Messages"][aria-busy="false"]').waitFor();
  }

  /** Who is here, in the order of their names. */
  async people(): Promise<string[]> {
    return (await this.#people.locator(".name").allTextContents()).sort();
  }

  async writes(text: string): Promise<void> {
    await this.page.getByLabel("Message", { exact: true }).fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
  }

  /** Waits for a message; the answer is how often it is shown. */
  async reads(text: string, { timeout }: { timeout?: number } = {}): Promise<number> {
    const message = this.page.locator(".message", { hasText: text });
    await message.first().waitFor({ timeout });
    return message.count();
  }

  async renames(title: string): Promise<void> {
    const field = this.page.getByLabel("Title");
    await field.fill(title);
    await field.press("Enter");
  }

  async asksTheAgent(): Promise<void> {
    await this.page.getByRole("button", { name: "Ask the agent" }).click();
  }

  /** The open task, as the chat and the board show it. */
  async task() {
    const card = this.page.locator('.card[aria-pressed="true"]');
    return {
      title: await this.page.getByLabel("Title").inputValue(),
      status: await this.page.locator(".status").getAttribute("data-status"),
      card: (await card.textContent())?.replace(/^#\d+/, ""),
      column: await this.page.locator(".column", { has: card }).getAttribute("data-status"),
    };
  }

  /** The parts of the code that the agent touches. */
  async highlighted(): Promise<string[]> {
    return (await this.page.locator('[data-node][data-highlighted="true"]').allTextContents()).sort();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  get #people() {
    return this.page.getByLabel("Who is here").getByRole("listitem");
  }
}
