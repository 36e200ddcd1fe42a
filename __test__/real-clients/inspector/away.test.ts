import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createMockPusher } from "pushrig";
import { describe, expect, it, onTestFinished } from "vitest";
import { Running } from "../../command/running.js";
import { openPage, pageAt, story, useChromium } from "./opened.js";

useChromium();

describe("a gateway that goes away", () => {
  it("is missed, and when it is back nothing is missing", { timeout: 60_000 }, async () => {
    const { app, gateway, page, row } = await openPage({ before: story });
    await row("passkey").waitFor();
    const { port } = gateway;
    await gateway.close();
    await page.getByText("The gateway is away. This page looks for it and goes on by itself.").waitFor();
    await page.getByText("no gateway answers at").waitFor();
    expect(await page.locator(".link").textContent()).toBe("away");
    await app.server.trigger("task-1", "meanwhile", 1);
    await app.listen({ port });
    await page.getByText(/The gateway is back after a restart: \d+ entr(y|ies) meanwhile\./).waitFor();
    await row("meanwhile").waitFor();
    expect(await row("passkey").count()).toBe(1);
    expect(await page.locator(".trouble").count()).toBe(0);
    await app.server.trigger("task-1", "after", 1);
    await row("after").waitFor();
  });

  it("marks what was forgotten meanwhile", { timeout: 60_000 }, async () => {
    const { app, gateway, page, row } = await openPage({ before: story });
    await row("passkey").waitFor();
    const { port } = gateway;
    await gateway.close();
    await page.getByText("The gateway is away.").waitFor();
    for (let n = 0; n < 12_000; n += 1) void app.server.trigger("flood", "e", n);
    await app.listen({ port });
    await row(/\D11999\D/).waitFor();
    await page.getByRole("listbox").evaluate((element) => (element.scrollTop = 0));
    const mark = page.locator(".break");
    await expect
      .poll(() => mark.first().textContent())
      .toMatch(/entries came too fast and were forgotten: #\d+ to #\d+\./);
  });

  it("begins anew where another one answers", { timeout: 60_000 }, async () => {
    const { app, gateway, page, row } = await openPage({ before: story });
    await row("passkey").waitFor();
    const { port } = gateway;
    await app.close();
    await page.getByText("The gateway is away.").waitFor();
    const other = createMockPusher();
    onTestFinished(() => other.close());
    await other.listen({ port });
    await page.getByText("Another gateway answers here now.").waitFor();
    expect(await row("passkey").count()).toBe(0);
    await other.server.trigger("task-9", "from the other", 1);
    await row("from the other").waitFor();
  });

  it.skipIf(process.platform === "win32")(
    "has stopped with its connections open: the page says so, and goes on afterwards",
    { timeout: 90_000 },
    async () => {
      const running = new Running(["--port", "0"]);
      const [, url] = await running.shows(/(http:\/\/127\.0\.0\.1:\d+)\//);
      const { page, row, link } = await pageAt(`${url}/`);
      await link("live").waitFor();
      process.kill(running.pid as number, "SIGSTOP");
      await page.getByText(/^The gateway is away\..* its process is stopped, or busy\.$/).waitFor();
      const sent = fetch(`${url}/pushrig/v1/trigger`, {
        method: "POST",
        body: JSON.stringify({ channel: "task-1", event: "meanwhile", data: 1 }),
      });
      process.kill(running.pid as number, "SIGCONT");
      await sent;
      await row("meanwhile").waitFor();
      await link("live").waitFor();
      expect(await page.locator(".trouble").count()).toBe(0);
    },
  );

  it("is restarted by the page itself", { timeout: 60_000 }, async () => {
    const { app, gateway, page, row } = await openPage({ before: story });
    await row("passkey").waitFor();
    const before = gateway.port;
    await page.getByRole("button", { name: "Restart" }).click();
    await page.getByText(/^The gateway (was restarted\.|is back after a restart)/).waitFor();
    expect(gateway.port).toBe(before);
    await app.server.trigger("task-1", "after", 1);
    await row("after").waitFor();
  });
});

describe("a reset", () => {
  it("begins a new page, and says so", async () => {
    const { app, page, row, go } = await openPage({ before: story });
    await row("passkey").waitFor();
    app.reset();
    await page.getByText("reset() began a new page.").waitFor();
    expect(await row("passkey").count()).toBe(0);
    await app.server.trigger("task-1", "fresh", 1);
    await row("fresh").waitFor();
    expect(await row("fresh").locator(".reach").textContent()).toBe("unheard");
    await go("Channels");
    await page.getByText("Nobody is subscribed to a channel.").waitFor();
  });
});

describe("a gateway that does not speak to everybody", () => {
  it("asks for its token, says which one is wrong, and keeps it for the tab", async () => {
    const token = "a-token-of-the-test";
    const secured = createServer((request, response) => {
      // As a gateway answers who comes from another machine.
      if (request.url === "/") {
        response.setHeader("content-type", "text/html");
        response.end(readFileSync(fileURLToPath(new URL("../../../dist/inspector.html", import.meta.url))));
        return;
      }
      if (request.headers.authorization === `Bearer ${token}`) {
        void fetch(`${gateway.url}${request.url}`, { signal: left.signal })
          .then(
            async (answer) => {
              response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
              for await (const piece of answer.body ?? []) response.write(piece);
              response.end();
            },
            () => response.destroy(),
          )
          .catch(() => response.destroy());
        return;
      }
      response.writeHead(401, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          error: { code: "unauthorized", message: "pushrig: this is for who has the gateway's token" },
        }),
      );
    });
    const left = new AbortController();
    const app = createMockPusher();
    const gateway = await app.listen({ port: 0 });
    await story(app);
    await new Promise<void>((resolve) => secured.listen(0, "127.0.0.1", resolve));
    onTestFinished(async () => {
      left.abort();
      secured.closeAllConnections();
      secured.close();
      await app.close();
    });
    const { page, row } = await pageAt(`http://127.0.0.1:${(secured.address() as AddressInfo).port}/`);
    const input = page.getByLabel("The gateway's token");
    await page.getByText("this is for who has the gateway's token").waitFor();
    await input.fill("wrong");
    await page.getByRole("button", { name: "Open" }).click();
    await input.fill(token);
    await page.getByRole("button", { name: "Open" }).click();
    await row("passkey").click();
    await page.getByRole("button", { name: "Copy as curl" }).click();
    const line = await page.evaluate(() => navigator.clipboard.readText());
    expect(line).toContain('-H "authorization: Bearer $PUSHRIG_TOKEN"');
    expect(line + page.url()).not.toContain(token);
    await page.reload();
    await row("passkey").waitFor();
  });

  it("is of another version, and says so", async () => {
    const old = createServer((request, response) => {
      response.setHeader("content-type", "application/json");
      if (request.url === "/") {
        response.setHeader("content-type", "text/html");
        response.end(readFileSync(fileURLToPath(new URL("../../../dist/inspector.html", import.meta.url))));
      } else if (request.url === "/health") {
        response.end(JSON.stringify({ name: "pushrig", version: "0.0.1" }));
      } else {
        response.writeHead(404).end("404 NOT FOUND\n");
      }
    });
    await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      old.closeAllConnections();
      old.close();
    });
    const { page } = await pageAt(`http://127.0.0.1:${(old.address() as AddressInfo).port}/`);
    await page.getByText("is of pushrig 0.0.1, which has other control routes").waitFor();
    expect(await page.locator(".link").textContent()).toBe("failed");
  });
});
