import { Agent } from "node:http";
import Pusher from "pusher";
import { describe, expect, it, vi } from "vitest";
import { MockPusherServer } from "../../lib/server/server.js";
import { observe } from "../support/outcome.js";

vi.mock("../../lib/app/rigs.js", () => import("../support/server-rig.js"));

const credentials = { appId: "3", key: "the-key", secret: "the-secret", cluster: "eu" };
const base64 = (bytes: number) => Buffer.alloc(bytes, 1).toString("base64");
const agent = new Agent();

const options: Array<[name: string, value: unknown]> = [
  ["credentials and a cluster", credentials],
  ["a host", { ...credentials, host: "127.0.0.1", port: 6001 }],
  ["a port that is text", { ...credentials, host: "127.0.0.1", port: "6001" }],
  ["port 0", { ...credentials, host: "127.0.0.1", port: 0 }],
  ["a host and no cluster", { ...credentials, cluster: "", host: "example.test" }],
  ["an empty cluster", { ...credentials, cluster: "" }],
  ["a cluster that is null", { ...credentials, cluster: null }],
  ["TLS", { ...credentials, useTLS: true }],
  ["no TLS", { ...credentials, useTLS: false }],
  ["TLS undefined", { ...credentials, useTLS: undefined }],
  ["TLS under its old name", { ...credentials, encrypted: true }],
  ["no TLS under its old name", { ...credentials, encrypted: false }],
  ["both names of TLS", { ...credentials, useTLS: true, encrypted: true }],
  ["both names of TLS in spite of a scheme", { ...credentials, scheme: "http", useTLS: false, encrypted: false }],
  ["a scheme, which wins over TLS", { ...credentials, scheme: "http", useTLS: true }],
  ["a scheme with the old name of TLS", { ...credentials, scheme: "http", encrypted: true }],
  ["timeout and agent", { ...credentials, timeout: 500, agent }],
  ["a numeric app id", { ...credentials, appId: 42 }],
  ["null as credentials", { ...credentials, appId: null, key: null, secret: null }],
  ["empty credentials", { ...credentials, appId: "", key: "", secret: "" }],
  ["unknown options", { ...credentials, keepAlive: true, proxy: "http://x" }],
  ["a master key", { ...credentials, encryptionMasterKeyBase64: base64(32) }],
  ["a master key of 31 bytes", { ...credentials, encryptionMasterKeyBase64: base64(31) }],
  ["a master key of 33 bytes", { ...credentials, encryptionMasterKeyBase64: base64(33) }],
  ["an empty master key", { ...credentials, encryptionMasterKeyBase64: "" }],
  ["a master key that is not base64", { ...credentials, encryptionMasterKeyBase64: "not base64!" }],
  ["a master key without its padding", { ...credentials, encryptionMasterKeyBase64: base64(32).replace("=", "") }],
  ["a master key with a line break", { ...credentials, encryptionMasterKeyBase64: `${base64(32)}\n` }],
  ["a master key that is a number", { ...credentials, encryptionMasterKeyBase64: 1 }],
  ["a master key that is null", { ...credentials, encryptionMasterKeyBase64: null }],
  ["an old master key", { ...credentials, encryptionMasterKey: "x".repeat(32) }],
  ["an old master key of 31 characters", { ...credentials, encryptionMasterKey: "x".repeat(31) }],
  ["an old master key of 32 characters and more bytes", { ...credentials, encryptionMasterKey: "ü".repeat(32) }],
  ["an old master key that is a buffer", { ...credentials, encryptionMasterKey: Buffer.alloc(32) }],
  ["both master keys", { ...credentials, encryptionMasterKey: "x", encryptionMasterKeyBase64: "x" }],
  ["undefined instead of options", undefined],
  ["null instead of options", null],
  ["text instead of a key before the missing host", Object.assign(Object.create(null), credentials)],
];

function configOf(Class: unknown, value: unknown): Promise<unknown> {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const outcome = observe(() => {
    const { config } = new (Class as typeof MockPusherServer)(value as object);
    const { token, encryptionMasterKey: key, ...rest } = config;
    return {
      ...rest,
      keys: Object.keys(config),
      token: { ...token },
      tokenKeys: Object.keys(token),
      master: key && [Buffer.isBuffer(key), key.toString("hex")],
      base: config.getBaseURL(),
      path: config.prefixPath("/events"),
    };
  });
  const warnings = warn.mock.calls;
  warn.mockRestore();
  return outcome.then((outcome) => ({ outcome, warnings }));
}

describe("the constructor makes of its options what npm pusher makes of them", () => {
  it.each(options)("%s", async (_, value) => {
    expect(await configOf(MockPusherServer, value)).toStrictEqual(await configOf(Pusher, value));
  });
});

describe("credentials that are undefined", () => {
  it("take the mock's", () => {
    const { config } = new MockPusherServer({
      appId: undefined,
      key: undefined,
      secret: undefined,
      cluster: undefined,
    });
    expect({ ...config, token: { ...config.token } }).toStrictEqual({
      scheme: "http",
      port: undefined,
      appId: "mock-app-id",
      token: { key: "mock-pusher-key", secret: "mock-pusher-secret" },
      timeout: undefined,
      agent: undefined,
      host: "api-mock-cluster.pusher.com",
    });
  });

  it("take the mock's one by one", () => {
    const { appId, token } = new MockPusherServer({ key: "mine" }).config;
    expect([appId, token.key, token.secret]).toStrictEqual(["mock-app-id", "mine", "mock-pusher-secret"]);
  });

  it("take the mock's with a host too", () => {
    const server = new MockPusherServer({ host: "127.0.0.1" });
    expect(server.config.host).toBe("127.0.0.1");
    expect(server.config.token.key).toBe("mock-pusher-key");
  });
});

it.each(["http://the-key:the-secret@host/apps/1", "", 7, true])(
  "options that are %j are refused, and not shown",
  (given) => {
    expect(() => new MockPusherServer(given as never)).toThrow(
      `pushrig: new MockPusherServer() takes an object { appId, key, secret, cluster }, not a ${typeof given}; ` +
        "for a URL there is MockPusherServer.forURL(url)",
    );
  },
);

const urls: Array<[name: string, url: string, options?: object]> = [
  ["everything", "https://the-key:the-secret@example.test:1234/apps/42"],
  ["a default port that is written", "http://k:s@example.test:80/apps/42"],
  ["no port", "http://k:s@api-eu.pusher.com/apps/42"],
  ["an app id that is no number", "http://k:s@example.test/apps/mock-app-id"],
  ["an app id that begins with a number", "http://k:s@example.test/apps/7x"],
  ["a slash at the end", "http://k:s@example.test/apps/42/"],
  ["encoded credentials", "http://k%3A1:s%40@example.test/apps/42"],
  ["a secret with a colon", "http://k:s:t@example.test/apps/42"],
  ["a host in upper case", "http://k:s@EXAMPLE.test/apps/42"],
  ["options that it overrides", "http://k:s@h.test:1/apps/42", { appId: "1", host: "x", port: 2, cluster: "eu" }],
  ["options that it keeps", "http://k:s@h.test/apps/42", { timeout: 5, useTLS: true, agent }],
  ["null as options", "http://k:s@h.test/apps/42", null as never],
  ["options that are wrong", "http://k:s@h.test/apps/42", { useTLS: true, encrypted: true }],
  ["no credentials", "http://example.test/apps/42"],
  ["no path", "http://k:s@example.test"],
  ["no URL", "example.test"],
];

describe("forURL reads what npm pusher reads", () => {
  it.each(urls)("%s", async (_, url, extra) => {
    const read = (Class: any) => observe(() => fieldsOf(Class.forURL(url, extra)));
    expect(await read(MockPusherServer)).toStrictEqual(await read(Pusher));
  });

  it("with new and without, and detached from its class", () => {
    const { forURL } = MockPusherServer;
    const url = "http://k:s@h.test/apps/42";
    for (const server of [new MockPusherServer.forURL(url), MockPusherServer.forURL(url), forURL(url)]) {
      expect(server).toBeInstanceOf(MockPusherServer);
      expect(server.config.appId).toBe(42);
    }
  });
});

describe("forCluster", () => {
  it.each([
    ["a cluster", "eu", credentials],
    ["options that it overrides", "ap1", { ...credentials, host: "x", cluster: "eu" }],
    ["undefined as cluster", undefined, credentials],
  ])("reads what npm pusher reads: %s", async (_, cluster, extra) => {
    const read = (Class: any) => observe(() => fieldsOf(Class.forCluster(cluster, extra)));
    expect(await read(MockPusherServer)).toStrictEqual(await read(Pusher));
  });

  it("can be constructed", () => {
    expect(new MockPusherServer.forCluster("eu", credentials).config.host).toBe("api-eu.pusher.com");
  });
});

function fieldsOf({ config }: MockPusherServer): unknown {
  return { ...config, token: { ...config.token } };
}
