// What is said when a gateway cannot be asked: each sentence names what is wrong and what to do.
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createMockPusher } from "pushrig";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { Remote } from "../../lib/remote/remote.js";
import type { RemoteError } from "../../lib/remote/remote-error.js";

afterEach(() => void vi.useRealTimers());

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What the state of a gateway there rejects with. */
async function said(
  url: string,
  options?: ConstructorParameters<typeof Remote>[1],
): Promise<[unknown, string, unknown]> {
  const error = await new Remote(url, options).state().then(
    () => Promise.reject(new Error("it resolved")),
    (error: RemoteError) => error,
  );
  return [error.code, error.message.replaceAll(url, "URL"), error.status];
}

it("says that nobody answers, and why", async () => {
  const url = await answering(() => {});
  const { port } = new URL(url);
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const gone = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  await new Promise((resolve) => closed.close(resolve));
  expect(gone).not.toContain(port);
  expect(await said(gone)).toEqual([
    "no-gateway",
    'pushrig: no gateway answers at URL (ECONNREFUSED). Start one, with "npx pushrig" or listen(), or name the address of one that runs.',
    undefined,
  ]);
  // fetch refuses it by itself.
  expect((await said("http://127.0.0.1:1"))[1]).toContain("no gateway answers at URL (bad port).");
});

it("says of a certificate that it is not trusted, instead of that nobody answers", async () => {
  const file = (name: string): Buffer => readFileSync(join(import.meta.dirname, "../gateway/certificates", name));
  const server = createTlsServer({ cert: file("localhost.pem"), key: file("localhost-key.pem") });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const [code, message] = await said(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect([code, message]).toEqual([
    "no-gateway",
    expect.stringMatching(
      /\(\w*(CERT|SIGNATURE)\w*\)\. Its certificate is not trusted here: set NODE_EXTRA_CA_CERTS, or name its address with http:/,
    ),
  ]);
});

it.each([
  [404, "<h1>not here</h1>"],
  [200, "<h1>hello</h1>"],
  [200, "null"],
  [500, '{"error":"no"}'],
])("says that what answers with %i and %s is no gateway", async (status, body) => {
  const url = await answering((_, response) => response.writeHead(status).end(body));
  expect(await said(url)).toEqual([
    "not-pushrig",
    `pushrig: what answers at URL (with status ${status}) is no gateway of pushrig. Name the address of one, as listen() and "npx pushrig" print it.`,
    status,
  ]);
});

it.each([
  ["one that has no control routes", "404 NOT FOUND"],
  ["one that has other ones", '{"error":{"code":"unknown-version","message":"pushrig: no version 1"}}'],
])("says of which version a gateway is: %s", async (_what, body) => {
  const url = await answering((request, response) => {
    const isHealth = request.url === "/health";
    response.writeHead(isHealth ? 200 : 404).end(isHealth ? '{"name":"pushrig","version":"9.9.9"}' : body);
  });
  expect(await said(url)).toEqual([
    "other-version",
    "pushrig: the gateway at URL is of pushrig 9.9.9, which has other control routes than this one asks. Start it anew with the version that is installed here.",
    404,
  ]);
});

it("says that a token is missing, or that the one that was given is not it, and never repeats it", async () => {
  const app = createMockPusher();
  onTestFinished(() => app.close());
  const { url, token } = await app.listen({ port: 0, token: "the-token-of-the-gateway" });
  // As a proxy on this machine passes it on.
  const fetch = (target: string, init: RequestInit = {}): Promise<Response> =>
    globalThis.fetch(target, { ...init, headers: { ...(init.headers as object), "x-forwarded-for": "192.0.2.7" } });
  const [code, message, status] = await said(url, { fetch });
  expect([code, status]).toEqual(["unauthorized", 401]);
  expect(message).toMatch(/^pushrig: the control routes are for this machine\. .* needs the gateway's token/);
  const [, wrong] = await said(url, { fetch, token: "a-token-that-is-wrong" });
  expect(wrong).toMatch(/token/);
  expect(wrong).not.toMatch(/a-token-that-is-wrong|the-token-of-the-gateway/);
  expect(await new Remote(url, { fetch, token }).state()).toMatchObject({ v: 1 });
});

it("says that it may give a token where a gateway of before says only that it keeps out", async () => {
  const url = await answering((request, response) => {
    const isHealth = request.url === "/health";
    response.writeHead(isHealth ? 200 : 403).end(isHealth ? '{"name":"pushrig"}' : "no strangers here\n");
  });
  const plain = "no strangers here";
  expect(await said(url)).toEqual([
    "forbidden",
    `${plain} Give the token of the gateway: the option token, or PUSHRIG_TOKEN.`,
    403,
  ]);
  expect(await said(url, { token: "t" })).toEqual(["forbidden", plain, 403]);
});

it("says that one that is stopped has not answered, when its time is over", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { clearTimeout, setTimeout } = globalThis;
  vi.doMock("../../lib/base/fakes.js", async (load) => ({
    ...(await load<object>()),
    realTimers: { clearTimeout, setTimeout },
  }));
  onTestFinished(() => vi.doUnmock("../../lib/base/fakes.js"));
  vi.resetModules();
  const { Remote: Fresh } = (await import("../../lib/remote/remote.js")) as { Remote: typeof Remote };
  let isAsked = (): void => {};
  const asked = new Promise<void>((resolve) => (isAsked = resolve));
  const url = await answering(() => isAsked());
  const failure = new Fresh(url).state().catch((error: RemoteError) => [error.code, error.message]);
  await asked;
  await vi.advanceTimersByTimeAsync(9_999);
  const early = await Promise.race([failure, Promise.resolve("not yet")]);
  expect(early).toBe("not yet");
  await vi.advanceTimersByTimeAsync(1);
  expect(await failure).toEqual([
    "no-answer",
    `pushrig: the gateway at ${url} has not answered within 10,000 ms: its process is stopped, or busy.`,
  ]);
});

it("passes on the gateway's own sentences, with their codes", async () => {
  const app = createMockPusher();
  onTestFinished(() => app.close());
  const { url } = await app.listen({ port: 0 });
  const remote = new Remote(url);
  await expect(remote.of("nobody").state()).rejects.toMatchObject({ code: "unknown-app", status: 404 });
  await expect(remote.trigger("a b", "e", 1)).rejects.toMatchObject({
    code: "rejected",
    message: expect.stringContaining("a b"),
  });
  await expect(remote.wait({ for: "everything" } as never)).rejects.toMatchObject({ code: "bad-request", status: 400 });
  await expect(remote.sendAgain(7)).rejects.toMatchObject({ code: "unknown-webhook" });
});

it("says what is missing to ask with", () => {
  expect(() => new Remote("http://127.0.0.1:6001", { fetch: 5 as never })).toThrow(
    "pushrig: a gateway is asked with fetch, which is no function here: 5; give one as the option fetch",
  );
  expect(() => new Remote("127.0.0.1:6001")).toThrow(
    "pushrig: the address of a gateway must be a gateway's address such as",
  );
});

it("goes on where a test has stopped the clocks before it was loaded", async () => {
  vi.useFakeTimers();
  vi.resetModules();
  const { Remote: Fresh } = (await import("../../lib/remote/remote.js")) as { Remote: typeof Remote };
  let looks = 0;
  const url = await answering((request, response) => {
    if (request.method === "GET") looks += 1;
    // It is back at the second look.
    response.end(JSON.stringify({ startedAt: 1, gateway: { startedAt: looks } }));
  });
  await new Fresh(url).restart();
  expect(looks).toBe(2);
});
