// The application that docs/control.md tests: it publishes an event for every order.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Pusher from "pusher";
import { onTestFinished } from "vitest";

const document = readFileSync(new URL("../../docs/control.md", import.meta.url), "utf8");

/** The one block of docs/control.md in a language, for these ports. */
export function block(language: string, { gateway, application }: { gateway: string; application: string }): string {
  const all = [...document.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, of]) => of === language);
  if (all.length !== 1) throw new Error(`docs/control.md has ${all.length} blocks in ${language}`);
  return all[0][2]
    .replaceAll("127.0.0.1:6001", new URL(gateway).host)
    .replaceAll("127.0.0.1:3000", new URL(application).host);
}

/** @param publishes whether it does what it should */
export async function shop(gateway: string, publishes = true): Promise<string> {
  const { hostname: host, port } = new URL(gateway);
  const pusher = new Pusher({
    appId: "1",
    key: "mock-pusher-key",
    secret: "mock-pusher-secret",
    host,
    port,
    useTLS: false,
  });
  const server = createServer(async (request, response) => {
    const order = JSON.parse((await request.toArray()).join("")) as object;
    await pusher.trigger("orders", publishes ? "created" : "craeted", order);
    response.end('{"accepted":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
