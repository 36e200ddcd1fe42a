import { Agent, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateSync, gzipSync } from "node:zlib";
import Pusher from "pusher";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { MockPusherServer } from "../../lib/server/server.js";
import { behavesAsTheSdk, type Case } from "../support/beside-the-sdk.js";
import { observe } from "../support/outcome.js";
import { RecordingServer } from "../support/recording-server.js";

vi.mock("../../lib/app/rigs.js", () => import("../support/server-rig.js"));

const trigger = (s: any) => s.trigger(["a", "b"], "e", { a: 1 });
const get = (s: any) => s.get({ path: "/channels", params: { info: "x" } });
const onTheWire = (cases: Array<Omit<Case, "inProcess">>): Case[] =>
  cases.map((one) => ({ ...one, inProcess: false as const }));
const to = (status: number, location: string) => ({ status, headers: { location }, body: "" });

describe("requests to a host fail as those of npm pusher", () => {
  behavesAsTheSdk(
    onTheWire([
      { name: "nobody listens", options: { port: 1 }, call: trigger },
      { name: "a timeout that is long enough", options: { timeout: 10_000 }, call: trigger },
      { name: "a host that is none", options: { host: "not a host" }, call: trigger },
      { name: "a port that is none", options: { port: "many" }, call: trigger },
      { name: "a scheme that is not spoken", options: { scheme: "ftp" }, call: trigger },
      { name: "an answer that breaks off", answers: [{ breaksOff: true }], call: trigger },
      { name: "a refusal that breaks off", answers: [{ status: 400, breaksOff: true }], call: trigger },
      {
        name: "JSON that is none",
        answers: [{ body: "<html>" }],
        call: async (s) => (await s.get({ path: "/channels" })).json(),
      },
      {
        name: "a body that is read twice",
        call: async (s) => {
          const response = await s.get({ path: "/channels" });
          await response.text();
          return response.json();
        },
      },
      {
        name: "a clone of a body that was read",
        call: async (s) => {
          const response = await s.get({ path: "/channels" });
          await response.text();
          return response.clone();
        },
      },
    ]),
  );
});

describe("a timeout", () => {
  // A host of its own, whose requests nobody compares: one may arrive after its client has given up, or never.
  const wire = new RecordingServer();
  beforeAll(() => wire.listen());
  afterAll(() => wire.close());
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ["a POST", trigger],
    ["a GET", get],
  ])("of %s ends as with npm pusher", async (_, call) => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
    wire.reset({ silent: true });
    const options = {
      appId: "3",
      key: "the-key",
      secret: "the-secret",
      host: "127.0.0.1",
      port: wire.port,
      timeout: 30,
    };
    const real = await observe(() => call(new Pusher(options as any)));
    const mock = await observe(() => call(new MockPusherServer(options)));
    expect(mock).toStrictEqual(real);
    expect(mock).toMatchObject({ rejected: { error: { name: "AbortError" } } });
  });
});

it("a timeout closes the connection", async () => {
  const wire = new RecordingServer();
  await wire.listen();
  wire.reset({ silent: true });
  const agent = new Agent({ keepAlive: true });
  const server = new MockPusherServer({ host: "127.0.0.1", port: wire.port, timeout: 30, agent });
  await expect(server.trigger("a", "e", {})).rejects.toMatchObject({ error: { name: "AbortError" } });
  await vi.waitFor(async () => expect(await wire.connections()).toBe(0));
  await wire.close();
});

describe("answers of a host are read as by npm pusher", () => {
  behavesAsTheSdk(
    onTheWire([
      { name: "packed with gzip", answers: [answer("gzip", gzipSync('{"a":1}'))], call: trigger },
      { name: "packed with deflate", answers: [answer("deflate", deflateSync('{"a":1}'))], call: trigger },
      { name: "packed in a way nobody asked for", answers: [answer("br", Buffer.from("{}"))], call: trigger },
      { name: "a packed refusal", answers: [{ ...answer("gzip", gzipSync("no\n")), status: 400 }], call: trigger },
      { name: "204", answers: [{ status: 204, body: "" }], call: trigger },
      { name: "a redirect that makes a POST a GET", answers: [to(301, "/there?x=1"), {}], call: trigger },
      { name: "302 as well", answers: [to(302, "/there"), {}], call: trigger },
      { name: "303 as well", answers: [to(303, "/there"), {}], call: trigger },
      { name: "a redirect that keeps a POST", answers: [to(307, "/there"), {}], call: trigger },
      { name: "308 as well", answers: [to(308, "/there"), {}], call: trigger },
      { name: "a redirected GET", answers: [to(301, "/there"), {}], call: get },
      { name: "redirects of redirects", answers: [to(307, "/1"), to(307, "/2"), to(302, "/3"), {}], call: trigger },
      { name: "a redirect to a refusal", answers: [to(307, "/1"), { status: 404, body: "no\n" }], call: trigger },
      { name: "a redirect without end", answers: [to(302, "/again")], call: trigger },
      { name: "a redirect to nowhere", answers: [{ status: 302 }], call: trigger },
      { name: "a redirect to what is no URL", answers: [to(302, "http://[")], call: trigger },
      { name: "a redirect to another scheme", answers: [to(302, "ftp://there/")], call: trigger },
      {
        name: "headers",
        answers: [{ headers: { "X-One": "1", "set-cookie": "a=b" } }],
        call: async (s) => {
          const { headers } = await s.get({ path: "/channels" });
          const seen: string[] = [];
          headers.forEach((value: string, name: string) => seen.push(`${name}: ${value}`));
          const hidden = /^(date|connection|keep-alive)/;
          return {
            each: seen.filter((line) => !hidden.test(line)),
            keys: [...headers.keys()].filter((name) => !hidden.test(name)),
            some: [headers.get("x-ONE"), headers.get("none"), headers.has("X-one"), headers.has("none")],
            raw: headers.raw()["x-one"],
            tag: String(headers),
          };
        },
      },
      {
        name: "twice, through a clone",
        answers: [{ body: '{"a":1}' }],
        call: async (s) => {
          const response = await s.get({ path: "/channels" });
          const copy = response.clone();
          const texts = await Promise.all([response.text(), copy.text()]);
          return { texts, url: copy.url, status: copy.status, type: copy.headers.get("content-type") };
        },
      },
      {
        name: "as bytes",
        answers: [{ body: "żółć" }],
        call: async (s) => {
          const read = async (as: string) => (await s.get({ path: "/channels" }))[as]();
          const blob = await read("blob");
          return {
            buffer: (await read("buffer")).toString("hex"),
            array: Buffer.from(await read("arrayBuffer")).toString("hex"),
            blob: [blob.size, blob.type, await blob.text()],
          };
        },
      },
      {
        name: "as a stream",
        answers: [{ body: '{"a":1}' }],
        call: async (s) => {
          let text = "";
          for await (const chunk of (await s.get({ path: "/channels" })).body) text += chunk;
          return text;
        },
      },
    ]),
  );
});

describe("the agent of the options is used as by npm pusher", () => {
  const agent = new Agent({ maxSockets: 1 });
  behavesAsTheSdk(
    onTheWire([
      {
        name: "an agent",
        options: { agent },
        call: async (s) => {
          const addRequest = vi.spyOn(agent as any, "addRequest");
          await trigger(s);
          const { length } = addRequest.mock.calls;
          addRequest.mockRestore();
          return length;
        },
      },
      { name: "a function that chooses one", options: { agent: (url: URL) => pick(url) }, call: trigger },
    ]),
  );

  function pick({ hostname }: URL): Agent {
    if (hostname !== "127.0.0.1") throw new Error(`asked for ${hostname}`);
    return agent;
  }
});

function answer(coding: string, body: Buffer) {
  return { headers: { "content-encoding": coding }, body };
}

describe("a server that follows PUSHRIG_URL to where nothing answers", () => {
  afterEach(() => vi.unstubAllEnvs());

  /** An address that was somebody's a moment ago. */
  async function deserted(): Promise<URL> {
    const once = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => once.once("listening", resolve));
    const { port } = once.address() as AddressInfo;
    await new Promise((resolve) => once.close(resolve));
    return new URL(`http://127.0.0.1:${port}`);
  }

  it("names the variable, the gateway and what to do", async () => {
    const { origin } = await deserted();
    vi.stubEnv("PUSHRIG_URL", origin);
    const server = new MockPusherServer({ appId: "1", key: "k", secret: "s", cluster: "eu" });
    const error: any = await server.trigger("a", "e", 1).catch((error: unknown) => error);
    expect([error.cause, Object.keys(error)]).toEqual([error.error, expect.not.arrayContaining(["cause"])]);
    expect(error).toMatchObject({
      message: "Request failed with an error",
      error: {
        code: "ECONNREFUSED",
        message: expect.stringContaining(`PUSHRIG_URL names the gateway ${origin} for servers without a host`),
      },
    });
  });

  it("says nothing of it where the options name the host", async () => {
    const { hostname: host, port } = await deserted();
    vi.stubEnv("PUSHRIG_URL", "http://127.0.0.1:6001");
    const server = new MockPusherServer({ appId: "1", key: "k", secret: "s", host, port });
    const error: any = await server.trigger("a", "e", 1).catch((error: unknown) => error);
    expect(error.error.message).toContain("ECONNREFUSED");
    expect(error.error.message).not.toContain("PUSHRIG_URL");
    expect(error).not.toHaveProperty("cause");
  });
});

describe("a server that follows PUSHRIG_URL to a path where nothing is", () => {
  const receiver = new RecordingServer();
  beforeAll(() => receiver.listen());
  afterAll(() => receiver.close());
  afterEach(() => vi.unstubAllEnvs());

  const credentials = { appId: "1", key: "k", secret: "s" };

  async function refused(options: object, body: string): Promise<any> {
    receiver.reset({ status: 404, body });
    vi.stubEnv("PUSHRIG_URL", `${receiver.origin}/wrong/`);
    return new MockPusherServer({ ...credentials, ...options }).trigger("a", "e", 1).catch((error: unknown) => error);
  }

  it("names the variable, the address and what to do", async () => {
    const error = await refused({}, "404 NOT FOUND\n");
    expect(error).toMatchObject({ status: 404, body: "404 NOT FOUND\n" });
    expect(error.message).toBe(
      `Unexpected status code 404. PUSHRIG_URL names the gateway ${receiver.origin}/wrong for servers without a host, ` +
        "and it has nothing at this path: let it name a gateway's address as listen() and npx pushrig tell it",
    );
  });

  it("says nothing of it where the gateway does not know the app, or the options name the host", async () => {
    expect((await refused({}, "Unknown app")).message).toBe("Unexpected status code 404");
    vi.unstubAllEnvs();
    const { port } = new URL(receiver.origin);
    const elsewhere = await refused({ host: "localhost", port }, "");
    expect(elsewhere.message).not.toContain("PUSHRIG_URL");
  });
});

describe("PUSHRIG_URL is refused", () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ["localhost:6001", /^pushrig: PUSHRIG_URL must be a gateway's address .* not "localhost:6001"$/],
    [
      "http://api-eu.pusher.com",
      /^pushrig: PUSHRIG_URL "http:\/\/api-eu\.pusher\.com" is Pusher's public service, .* never contacts; set it to a gateway/,
    ],
    [
      "https://api.pusherapp.com:443/x",
      /^pushrig: PUSHRIG_URL "https:\/\/api\.pusherapp\.com\/x" is Pusher's public service/,
    ],
    [
      "http://key:hidden@127.0.0.1:6001/ws",
      /^pushrig: PUSHRIG_URL .* such as "http:\/\/127\.0\.0\.1:6001\/ws", without a user and password (?!.*hidden).* appId, key/,
    ],
    [
      "http://127.0.0.1:6001/?app=1#x",
      /^pushrig: PUSHRIG_URL .* such as "http:\/\/127\.0\.0\.1:6001", without "\?app=1#x" after it$/,
    ],
  ])("as %s", (url, message) => {
    vi.stubEnv("PUSHRIG_URL", url);
    expect(() => new MockPusherServer({ appId: "1", key: "k", secret: "s", cluster: "eu" })).toThrowError(message);
  });
});
