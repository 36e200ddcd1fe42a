import Pusher from "pusher";
import PusherJs from "pusher-js";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

// Sockets and processes take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

// The default app reads the environment when it is first used.
beforeAll(() => {
  vi.stubEnv("PUSHER_APP_ID", "4711");
  vi.stubEnv("PUSHER_KEY", "key-of-the-environment");
  vi.stubEnv("PUSHER_SECRET", "secret-of-the-environment");
  vi.stubEnv("NEXT_PUBLIC_PUSHER_KEY", "key-of-the-browser");
});
afterEach(() => vi.restoreAllMocks());

describe("the default app on the wire", () => {
  it("knows the credentials that the environment names, for servers, browsers and webhooks", async () => {
    const pushrig = await import("pushrig");
    const warn = vi.spyOn(console, "warn");
    const gateway = await pushrig.listen({ port: 0 });
    const { hostname: host, port } = new URL(gateway.url);
    const { PUSHER_APP_ID: appId = "", PUSHER_KEY: key = "", PUSHER_SECRET: secret = "" } = process.env;
    const server = new Pusher({ appId, key, secret, host, port, useTLS: false });
    const wire = { cluster: "mt1", wsHost: host, wsPort: gateway.port, forceTLS: false };
    const clients = [key, "key-of-the-browser"].map(
      (known) => new PusherJs(known, { ...wire, enabledTransports: ["ws"] }),
    );
    let webhook: any;
    pushrig.onWebhook(async (request) => {
      webhook = server.webhook({ headers: Object.fromEntries(request.headers), rawBody: await request.text() });
    });
    try {
      const channels = clients.map((client) => client.subscribe("room"));
      await Promise.all(channels.map((channel) => next(channel, "pusher:subscription_succeeded")));
      const heard = Promise.all(channels.map((channel) => next(channel, "event")));
      expect((await server.trigger("room", "event", 7)).status).toBe(200);
      expect(await heard).toEqual([7, 7]);
      await pushrig.settledWebhooks();
      expect(webhook.isValid()).toBe(true);
      expect(warn).not.toHaveBeenCalled();
    } finally {
      for (const client of clients) client.disconnect();
      await gateway.close();
    }
  });

  it("signs for encrypted channels with the server's master key", async () => {
    const { listen, MockPusherClient, MockPusherServer } = await import("pushrig");
    const encryptionMasterKeyBase64 = Buffer.alloc(32, 7).toString("base64");
    const server = new MockPusherServer({
      appId: "1",
      key: "k",
      secret: "s",
      cluster: "mt1",
      encryptionMasterKeyBase64,
    });
    const { socket_id } = new MockPusherClient("k", { cluster: "mt1" }).connection;
    const gateway = await listen({ port: 0 });
    try {
      const channel_name = "private-encrypted-room";
      const body = new URLSearchParams({ socket_id, channel_name });
      const answer = await (await fetch(`${gateway.url}/pusher/auth`, { method: "POST", body })).json();
      expect(answer.shared_secret).toBe(server.channelSharedSecret(channel_name).toString("base64"));
    } finally {
      await gateway.close();
    }
  });
});
