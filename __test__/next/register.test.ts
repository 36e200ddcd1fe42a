import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { listen, pusherMockState, type Gateway } from "pushrig";
import { freePort } from "../../scripts/free-port.mjs";
import { run } from "../support/child";

let occupant: Gateway | undefined;
afterEach(async () => {
  await occupant?.close();
  occupant = undefined;
  pusherMockState.reset();
});

async function occupy(): Promise<Server & { port: number }> {
  const server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

/** What `register()` said, and what was so afterwards; the process must have ended by itself. */
async function register(variables: Record<string, string>, times = 1) {
  const { code, stdout, stderr } = await run("register.cjs", import.meta.url, {
    args: [JSON.stringify(variables), String(times)],
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.trim().split("\n");
  return { said: lines.slice(0, -1), ...JSON.parse(lines[lines.length - 1]) };
}

describe("register()", () => {
  it("opens the gateway once, however often it is called, and does not keep the process", async () => {
    const port = String(await freePort());

    const { said, health, answer } = await register({ USE_MOCKS: "true", PUSHRIG_PORT: port }, 3);

    expect(said).toEqual([
      `pushrig: the gateway for browsers listens at http://127.0.0.1:${port}`,
      `pushrig: what happens there is shown at http://127.0.0.1:${port}/`,
    ]);
    expect(health).toMatchObject({ status: "ok" });
    expect(answer).toBe(200);
  });

  it.each([
    ["http://app.test:3000", "ok"],
    ["https://a.b.preview.test", "ok"],
    ["http://192.168.1.5:3000", "ok"],
    ["https://evil.example", 403],
  ])("answers the page of %s as allowedDevOrigins of the configuration says", async (origin, expected) => {
    const port = String(await freePort());
    const allowed = JSON.stringify([
      "app.test",
      "**.preview.test",
      "192.168.1.5",
      "*",
      "10.*.*.1",
      "*.com",
      "**.co.uk",
    ]);

    const { code, stdout } = await run("register.cjs", import.meta.url, {
      args: [JSON.stringify({ USE_MOCKS: "true", PUSHRIG_PORT: port }), "1", allowed, origin],
    });

    expect(code).toBe(0);
    const { health } = JSON.parse(stdout.trim().split("\n").at(-1)!) as { health: number | { status: string } };
    expect(typeof health === "number" ? health : health.status).toBe(expected);
  });

  it.each([
    ["without USE_MOCKS", {}],
    ["with USE_MOCKS=false", { USE_MOCKS: "false" }],
    ["during next build", { USE_MOCKS: "true", NEXT_PHASE: "phase-production-build" }],
  ])("does nothing %s, not even load the addon", async (_case, variables) => {
    const PUSHRIG_PORT = String(await freePort());

    expect(await register({ ...variables, PUSHRIG_PORT })).toEqual({ said: [], isLoaded: false, health: null });
  });

  it("takes a standalone server, which has no .env.local, for what it was built", async () => {
    const port = String(await freePort());
    const built = JSON.stringify({ env: { USE_MOCKS: "true" } });

    const { health } = await register({ PUSHRIG_PORT: port, __NEXT_PRIVATE_STANDALONE_CONFIG: built });

    expect(health).toMatchObject({ status: "ok" });
  });

  const certificates = fileURLToPath(new URL("../gateway/certificates", import.meta.url));
  const CERT = join(certificates, "localhost.pem");
  const KEY = join(certificates, "localhost-key.pem");
  const secure = { USE_MOCKS: "true", __NEXT_EXPERIMENTAL_HTTPS: "1" };

  it("has the certificate of next dev --experimental-https, beside plain connections of servers", async () => {
    const port = String(await freePort());

    const { said, health, answer, secure: name } = await register({ ...secure, CERT, KEY, PUSHRIG_PORT: port });

    expect(said).toEqual([
      `pushrig: the gateway for browsers listens at https://localhost:${port}`,
      `pushrig: what happens there is shown at https://localhost:${port}/`,
    ]);
    expect(name).toBe("pushrig test");
    expect(health).toMatchObject({ status: "ok" });
    expect(answer).toBe(200);
  });

  it("finds it where Next.js makes one", async () => {
    const FOLDER = mkdtempSync(join(tmpdir(), "pushrig-https-"));
    onTestFinished(() => rmSync(FOLDER, { recursive: true }));
    cpSync(certificates, join(FOLDER, "certificates"), { recursive: true });

    const { secure: name } = await register({ ...secure, FOLDER, PUSHRIG_PORT: String(await freePort()) });

    expect(name).toBe("pushrig test");
  });

  it("says what to do when there is none", async () => {
    const FOLDER = mkdtempSync(join(tmpdir(), "pushrig-https-"));
    onTestFinished(() => rmSync(FOLDER, { recursive: true }));

    const { said } = await register({ ...secure, FOLDER, PUSHRIG_PORT: String(await freePort()) });

    expect(said[0]).toMatch(/^pushrig: next dev serves https, but its certificate is not to be found, .* PUSHRIG_URL/);
  });

  it("uses another process's gateway when that has the port", async () => {
    occupant = await listen({ port: 0 });

    const { said, answer } = await register({ USE_MOCKS: "true", PUSHRIG_PORT: String(occupant.port) });

    expect(said).toEqual([expect.stringContaining(`pushrig: attached to the gateway of process ${process.pid} (`)]);
    expect(answer).toBe(200);
    expect(pusherMockState.getChannelMessages("task-1")).toMatchObject([{ data: { messageId: "msg-1" } }]);
  });

  it("opens none when PUSHRIG_URL names a gateway, and publishes there", async () => {
    occupant = await listen({ port: 0 });

    const { said } = await register({ USE_MOCKS: "true", PUSHRIG_URL: occupant.url });

    expect(said).toEqual([
      `pushrig: events go to the gateway at ${occupant.url} (PUSHRIG_URL)`,
      expect.stringContaining(`pushrig: attached to the gateway of process ${process.pid} (`),
    ]);
    expect(pusherMockState.getChannelMessages("task-1")).toHaveLength(1);
  });

  it("goes on where nothing answers yet at the gateway that PUSHRIG_URL names", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;

    const { said, error } = await register({ USE_MOCKS: "true", PUSHRIG_URL: url });

    expect(said).toEqual([`pushrig: events go to the gateway at ${url} (PUSHRIG_URL)`]);
    expect(error).toContain("Request failed with an error");
  });

  it("fails, with the way out, when another program has the port", async () => {
    const other = await occupy();

    const { error } = await register({ USE_MOCKS: "true", PUSHRIG_PORT: String(other.port) });
    other.close();

    expect(error).toBe(
      `pushrig: port ${other.port} is taken by another program; set PUSHRIG_PORT to a free one in .env, for all processes of the project`,
    );
  });

  it("refuses a port that browsers could not be told", async () => {
    expect(await register({ USE_MOCKS: "true", PUSHRIG_PORT: "0" })).toMatchObject({
      error: 'pushrig: PUSHRIG_PORT must be a port from 1 to 65535, not "0"',
    });
  });
});

it.each(["localhost 6001", "localhost:6001", "ws://127.0.0.1:6001"])(
  "asks for a whole http address in PUSHRIG_URL, not %j",
  async (url) => {
    // The servers check it, and so does who opens no gateway because of it.
    for (const more of [{}, { USE_MOCKS: "true" }] as Record<string, string>[])
      expect(await register({ PUSHRIG_URL: url, ...more })).toMatchObject({
        error: `pushrig: PUSHRIG_URL must be a gateway's address such as "http://127.0.0.1:6001", not "${url}"`,
      });
  },
);
