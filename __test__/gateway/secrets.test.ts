// Who signs for one key with which secret, where it comes over the wire.
import Pusher from "pusher";
import { type Gateway, listen, MockPusherServer, pusherMockState } from "pushrig";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";

let gateway: Gateway;

beforeAll(async () => {
  gateway = await listen({ port: 0 });
});
afterAll(() => gateway.close());
afterEach(() => vi.restoreAllMocks());

/** npm `pusher`, at the gateway. */
function sdk(key: string, secret: string): Pusher {
  const { hostname: host, port } = new URL(gateway.url);
  return new Pusher({ appId: "1", key, secret, host, port, useTLS: false });
}

const statusOf = (sent: Promise<{ status: number }>) =>
  sent.then(
    ({ status }) => status,
    ({ status, body }: { status: number; body: string }) => `${status} ${body}`,
  );

it("an SDK with another secret is refused, also after a server in this process was made with it", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const servers = ["first", "second"].map(
    (secret) => new MockPusherServer({ appId: "1", key: "one-key", secret, cluster: "eu" }),
  );
  const refused = expect.stringMatching(
    /^401 Invalid signature: you should have sent HmacSHA256Hex\("POST\\n\/apps\/1\/events\\n.*", your_secret_key\), but you sent "[0-9a-f]{64}"\n$/,
  );
  expect(await statusOf(sdk("one-key", "first").trigger("room", "e", 1))).toBe(200);
  expect(await statusOf(sdk("one-key", "second").trigger("room", "e", 1))).toEqual(refused);

  pusherMockState.reset();
  expect(await statusOf(sdk("one-key", "first").trigger("room", "e", 1))).toBe(200);
  await servers[1].trigger("room", "e", 1);
  expect(await statusOf(sdk("one-key", "second").trigger("room", "e", 1))).toBe(200);
  expect(await statusOf(sdk("one-key", "first").trigger("room", "e", 1))).toEqual(refused);
});
