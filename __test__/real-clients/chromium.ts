import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { chromium as playwright, type Browser, type BrowserContext, type Page } from "playwright-core";
import { rolldown } from "rolldown";
import { chromium as installedChromium } from "../../scripts/real-clients.mjs";
import type { Hear } from "./drivers/pusher-js.js";

/** Headless Chromium, and a server for the one page that it opens. */
export class Chromium {
  readonly #browser: Browser;
  readonly #context: BrowserContext;
  readonly #server;
  readonly #secureServer;
  /** The address of every request and WebSocket that a page has made. */
  readonly contacted: URL[] = [];

  private constructor(browser: Browser, context: BrowserContext, listener: RequestListener) {
    this.#browser = browser;
    this.#context = context;
    this.#server = createServer(listener);
    const [cert, key] = ["localhost.pem", "localhost-key.pem"].map((name) =>
      readFileSync(new URL(`../gateway/certificates/${name}`, import.meta.url)),
    );
    this.#secureServer = createSecureServer({ cert, key }, listener);
    context.on("request", (request) => this.contacted.push(new URL(request.url())));
  }

  /** `names`: hosts that lead to this machine. `host`: where the server of the page listens. */
  static async launch({ names = [] as string[], host = "127.0.0.1" } = {}): Promise<Chromium> {
    const executablePath = installedChromium();
    if (executablePath === undefined) throw new Error("there is no Chromium: npm test installs it");
    const script = await bundledPage();
    const listener: RequestListener = (request, response) => {
      const isScript = request.url === "/page.js";
      response.setHeader("content-type", `${isScript ? "text/javascript" : "text/html"}; charset=utf-8`);
      response.end(isScript ? script : `<!doctype html><title>page</title><body><script src="/page.js"></script>`);
    };
    const browser = await playwright.launch({
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join(",")}`,
      ],
    });
    // A certificate of the tests is nobody's.
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    // pusher-js remembers there which transport worked last.
    await context.addInitScript("localStorage.clear()");
    const chromium = new Chromium(browser, context, listener);
    for (const server of [chromium.#server, chromium.#secureServer]) {
      await new Promise<void>((resolve) => server.listen(0, host, resolve));
    }
    return chromium;
  }

  /** The page's own address. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The same over https. */
  get secureOrigin(): string {
    return `https://localhost:${(this.#secureServer.address() as AddressInfo).port}`;
  }

  /** A new tab with nothing in it. */
  blank(): Promise<Page> {
    return this.#context.newPage();
  }

  /** Opens the page in a new tab, under another name of this machine if one is given. */
  async open(hear: Hear, host = "127.0.0.1"): Promise<Page> {
    const page = await this.blank();
    page.on("websocket", (socket) => this.contacted.push(new URL(socket.url())));
    await page.exposeFunction("hear", hear);
    await page.goto(this.origin.replace("127.0.0.1", host));
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    for (const server of [this.#server, this.#secureServer]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
}

async function bundledPage(): Promise<string> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL("drivers/page.ts", import.meta.url)),
    platform: "browser",
    // Its paths are for types: there `pushrig` is the entry for Node.
    tsconfig: false,
    resolve: { conditionNames: ["browser", "module", "import", "default"] },
  });
  const { output } = await bundle.generate({ format: "iife" });
  await bundle.close();
  return output[0].code;
}
