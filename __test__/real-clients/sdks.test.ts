import PusherJs, { type Options } from "pusher-js";
import { clientOptions } from "pushrig";
import { afterEach, describe, expect, it } from "vitest";
import { inNode } from "./client.js";
import { type Credentials, type Sdk, type SdkLibrary, mockServer, npmPusher, pythonPusher } from "./sdk.js";
import { World } from "./world.js";
import { next } from "../support/next.js";

const world = World.forThisFile();
const opened: Sdk[] = [];
const clients: PusherJs[] = [];
const open = (library: SdkLibrary, credentials?: Partial<Credentials>): Sdk => {
  const sdk = library.open(world, credentials);
  opened.push(sdk);
  return sdk;
};

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await Promise.all(opened.splice(0).map((sdk) => sdk.end()));
});

/** A pusher-js whose application signs with the SDK. */
async function clientOf(sdk: Sdk): Promise<PusherJs> {
  type Callback = (error: Error | null, data: any) => void;
  const sign = (signature: Promise<unknown>, callback: Callback) =>
    void signature.then(
      (data) => callback(null, data),
      (error: Error) => callback(error, null),
    );
  const options: Options = clientOptions({
    url: world.gateway.url,
    channelAuthorization: {
      customHandler: ({ socketId, channelName }, callback) => {
        const member = channelName.startsWith("presence-") ? { user_id: "ann", user_info: { name: "Ann" } } : undefined;
        sign(sdk.authorizeChannel(socketId, channelName, member), callback);
      },
    },
    userAuthentication: {
      customHandler: ({ socketId }, callback) => sign(sdk.authenticateUser(socketId, { id: "ann" }), callback),
    },
  });
  const client = new PusherJs("mock-pusher-key", options);
  clients.push(client);
  await next(client.connection, "connected");
  return client;
}

describe.each([npmPusher, mockServer, pythonPusher])("$name", { timeout: 20_000 }, (library) => {
  it("publishes to one channel and to several", async () => {
    const [sdk, client] = [open(library), await world.connect(inNode)];
    await client.subscribe("news", "headline");
    await client.subscribe("sport", "headline");
    expect(await sdk.trigger(["news"], "headline", { text: "grüße 👋" })).toEqual({});
    expect(await sdk.trigger(["news", "sport"], "headline", { text: "both" })).toEqual({});
    expect(await client.next("news", "headline")).toEqual({ text: "grüße 👋" });
    expect(await client.next("news", "headline")).toEqual({ text: "both" });
    expect(await client.next("sport", "headline")).toEqual({ text: "both" });
  });

  it("publishes to channels of every kind, and to who comes later to a cache channel", async () => {
    const [sdk, [early, late]] = [open(library), await world.pair(inNode, "ann", "bob")];
    const channels = ["news", "private-news", "presence-news", "cache-news", "private-cache-news"];
    for (const channel of channels) await early.subscribe(channel, "headline");
    await sdk.trigger(channels, "headline", { number: 1 });
    for (const channel of channels) expect(await early.next(channel, "headline")).toEqual({ number: 1 });
    await late.subscribe("cache-news", "headline");
    expect(await late.next("cache-news", "headline")).toEqual({ number: 1 });
  });

  it("leaves a socket out", async () => {
    const [sdk, [sender, other]] = [open(library), await world.pair(inNode)];
    await sender.subscribe("news", "headline", "fence");
    await other.subscribe("news", "headline");
    await sdk.trigger(["news"], "headline", { number: 1 }, sender.socketId);
    expect(await other.next("news", "headline")).toEqual({ number: 1 });
    await world.fence(sender, "news");
    expect(sender.arrived("news", "headline")).toEqual([]);
  });

  it("publishes a batch", async () => {
    const [sdk, client] = [open(library), await world.connect(inNode)];
    await client.subscribe("news", "headline");
    await client.subscribe("sport", "score");
    await sdk.triggerBatch([
      { channel: "news", name: "headline", data: { number: 1 } },
      { channel: "sport", name: "score", data: { number: 2 } },
    ]);
    expect(await client.next("news", "headline")).toEqual({ number: 1 });
    expect(await client.next("sport", "score")).toEqual({ number: 2 });
  });

  it("encrypts for an encrypted channel", async () => {
    const [sdk, client] = [open(library), await world.connect(inNode)];
    await client.subscribe("private-encrypted-diary", "entry");
    await sdk.trigger(["private-encrypted-diary"], "entry", { secret: "diary" });
    expect(await client.next("private-encrypted-diary", "entry")).toEqual({ secret: "diary" });
  });

  it("sends to a user", async () => {
    const [sdk, client] = [open(library), await world.connect(inNode, "ann")];
    await client.signin("notice");
    await expect.poll(() => world.subscribers("#server-to-user-ann")).toBe(1);
    await sdk.sendToUser("ann", "notice", { for: "ann" });
    expect(await client.next("user", "notice")).toEqual({ for: "ann" });
  });

  it("asks which channels are occupied, how many users they have and which", async () => {
    const [sdk, client] = [open(library), await world.connect(inNode, "ann")];
    await client.subscribe("presence-room");
    await client.subscribe("news");
    expect(await sdk.channels("presence-", ["user_count"])).toEqual({
      channels: { "presence-room": { user_count: 1 } },
    });
    expect(await sdk.channel("presence-room", ["user_count"])).toEqual({ occupied: true, user_count: 1 });
    expect(await sdk.users("presence-room")).toEqual({ users: [{ id: "ann" }] });
  });

  it("signs subscriptions and users as the gateway expects it", async () => {
    const client = await clientOf(open(library));
    const succeeded = (name: string) =>
      new Promise((resolve, reject) => {
        const channel = client.subscribe(name);
        channel.bind("pusher:subscription_succeeded", resolve);
        channel.bind("pusher:subscription_error", reject);
      });
    await succeeded("private-room");
    await succeeded("private-encrypted-diary");
    expect(await succeeded("presence-room")).toMatchObject({ me: { id: "ann", info: { name: "Ann" } } });
    const signedIn = next(client, "pusher:signin_success");
    client.signin();
    await signedIn;
    expect(client.user.user_data).toEqual({ id: "ann" });
  });

  it("hears that its secret is wrong", async () => {
    const sdk = open(library, { secret: "wrong" });
    await expect(sdk.trigger(["news"], "headline", {})).rejects.toThrow(
      library === pythonPusher
        ? /^PusherBadAuth: Invalid signature: you should have sent HmacSHA256Hex\("POST/
        : "Unexpected status code 401",
    );
  });

  it("hears that nobody is a member of a public channel", async () => {
    await expect(open(library).users("news")).rejects.toThrow(
      library === pythonPusher
        ? "PusherBadRequest: Users can only be retrieved for presence channels"
        : "Unexpected status code 400",
    );
  });
});

it.each([npmPusher, mockServer])("$name ends a user's connections", async (library) => {
  const client = await world.connect(inNode, "ann");
  await client.signin();
  expect(await open(library).terminateUserConnections("ann")).toEqual({});
  await client.next("", "disconnected");
});

it("pusher of PyPI asks for that at an address that the service does not have", async () => {
  const client = await world.connect(inNode, "ann");
  await client.signin();
  await expect(open(pythonPusher).terminateUserConnections("ann")).rejects.toThrow(
    "PusherBadStatus: 404: 404 NOT FOUND",
  );
  await world.fence(client);
  expect(client.arrived("", "disconnected")).toEqual([]);
});

it("pusher of PyPI refuses an app id that is no number, therefore the default app is also called 1", async () => {
  const sdk = open(pythonPusher, { appId: "mock-app-id" });
  await expect(sdk.trigger(["news"], "headline", {})).rejects.toThrow("Invalid app id");
  expect(await open(pythonPusher, { appId: "1" }).trigger(["news"], "headline", {})).toEqual({});
});
