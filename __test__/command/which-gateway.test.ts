// Which gateway the command asks, and what of a token it gives to whom.
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { createMockPusher } from "pushrig";
import { expect, it, onTestFinished, vi } from "vitest";
import { Machine } from "./machine.js";
import { Running } from "./running.js";

vi.setConfig({ testTimeout: 60_000 });

/** What answers as a gateway does, and is none. */
async function pretender(host = "127.0.0.1"): Promise<{ url: string; asked: Array<[string, IncomingHttpHeaders]> }> {
  const asked: Array<[string, IncomingHttpHeaders]> = [];
  const server: Server = createServer((request, response) => {
    asked.push([request.url ?? "", request.headers]);
    response.end(JSON.stringify({ name: "pushrig", pid: process.pid, version: "0.0.0", mark: { seq: 7, app: 1 } }));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return { url: `http://${host}:${(server.address() as AddressInfo).port}`, asked };
}

it("says how to get one where none runs", async () => {
  const { code, stdout, stderr } = await new Machine().says(["status"]);
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr).toBe(
    "pushrig: no gateway of this user runs on this machine, and none answers at http://127.0.0.1:2. " +
      'Start one, with "npx pushrig" or listen(), or name one that runs elsewhere with --url.\n',
  );
});

it("says of a PUSHRIG_PORT that is no port what it must be", async () => {
  const { code, stdout, stderr } = await new Machine().says(["status"], { env: { PUSHRIG_PORT: "abc" } });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    'pushrig: PUSHRIG_PORT must be a port from 1 to 65535, not "abc"\nRun pushrig status --help for the options.\n',
  );
});

it("is that of the folder's project, else the only one that runs, else it lists them; --url and PUSHRIG_URL name one", async () => {
  const machine = new Machine();
  const shop = await machine.gateway("shop");
  const inFolder = async (name: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await machine.says(["status", "--json", ...args], { in: name });
    return code === 0 ? (JSON.parse(stdout) as { gateway: { url: string } }).gateway.url : `${code} ${stdout}${stderr}`;
  };
  expect(await inFolder("elsewhere")).toBe(shop.url);
  const blog = await machine.gateway("blog");
  expect([await inFolder("shop"), await inFolder("blog")]).toEqual([shop.url, blog.url]);

  const { code, stderr } = await machine.says(["status"], { in: "elsewhere" });
  expect(code).toBe(3);
  expect(stderr.split("\n")).toEqual([
    `pushrig: several gateways run, and none of ${machine.project("elsewhere")}. Name one with --url:`,
    expect.stringMatching(`  ${shop.url} +${machine.project("shop")}  process ${shop.running.pid}`),
    expect.stringMatching(`  ${blog.url} +${machine.project("blog")}  process ${blog.running.pid}`),
    "",
  ]);
  expect(await inFolder("elsewhere", "--url", blog.url)).toBe(blog.url);
  const named = await machine.says(["status", "--json"], { in: "elsewhere", env: { PUSHRIG_URL: shop.url } });
  expect(JSON.parse(named.stdout)).toMatchObject({ gateway: { url: shop.url } });

  const second = await machine.gateway("shop");
  expect(await inFolder("shop")).toContain(`3 {"v":1,"error":{"code":"which-gateway","message":"pushrig: several`);
  second.running.kill("SIGTERM");
  await second.running.ended;
  expect(await inFolder("shop")).toBe(shop.url);
});

it("changes nothing at the only gateway that runs where it is of another project, unless that is named; what reads says whose it is", async () => {
  const machine = new Machine();
  const { url } = await machine.gateway("blog");
  const only =
    `pushrig: the gateway at ${url} is the only one that runs, and it is of ${machine.project("blog")}, ` +
    `not of ${machine.project("shop")}`;
  const at = { in: "shop" };
  const mark = await machine.says(["mark"], at);
  expect([mark.code, mark.stderr]).toEqual([0, `${only}\n`]);
  for (const [name, ...more] of [["reset"], ["trigger", "room", "hello"]]) {
    const { code, stdout, stderr } = await machine.says([name, ...more], at);
    expect([code, stdout, stderr]).toEqual([
      3,
      "",
      `${only}: ${name} changes nothing there unless it is named. Start one of this project, with "npx pushrig" or listen(), ` +
        `or name that one with --url ${url}\n`,
    ]);
  }
  // Nothing has happened there.
  expect(await machine.says(["mark"], { in: "blog" })).toMatchObject({ stdout: mark.stdout, stderr: "" });
  for (const given of [
    { args: ["--url", url], env: {} },
    { args: [], env: { PUSHRIG_PORT: new URL(url).port } },
    { args: [], env: { PUSHRIG_PROJECT: machine.project("blog") } },
  ]) {
    const done = await machine.says(["trigger", "room", "hello", ...given.args], { ...at, env: given.env });
    expect([done.code, done.stderr]).toEqual([0, ""]);
  }
});

it("is the only one that runs for a folder of no project", async () => {
  const machine = new Machine();
  await machine.gateway("blog");
  const folder = machine.folder("notes");
  const done = new Running(["trigger", "room", "hello"], machine.env, { cwd: folder });
  expect([await done.ended, done.stderr]).toMatchObject([{ code: 0 }, ""]);
});

it("is none that a test has opened, unless it is named", async () => {
  const machine = new Machine();
  vi.stubEnv("TMPDIR", machine.env.TMPDIR);
  onTestFinished(() => void vi.unstubAllEnvs());
  const app = createMockPusher();
  onTestFinished(() => app.close());
  const { url } = await app.listen({ port: 0 });
  const { code, stderr } = await machine.says(["status"]);
  expect(code).toBe(3);
  expect(stderr).toMatch(/ Tests have opened some; name one with --url:\n {2}(\S+) .* process \d+, of a test\n$/);
  expect(stderr).toContain(url);
  expect(await machine.says(["status", "--url", url])).toMatchObject({ code: 0 });
});

it("is no gateway of a further app, which is for the worker that has made it", async () => {
  const machine = new Machine();
  const { url } = await machine.gateway();
  const response = await fetch(`${url}/pushrig/v1/apps`, { method: "POST", body: '{"id":"worker-1"}' });
  const further = ((await response.json()) as { url: string }).url;
  const { code, stdout } = await machine.says(["status", "--json"]);
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { gateway: { url }, others: [] }]);
  expect(await machine.says(["status", "--json", "--url", further])).toMatchObject({ code: 0 });
});

it("is the one at the usual port where nothing was written down", async () => {
  const machine = new Machine();
  const elsewhere = new Machine();
  const { url } = await elsewhere.gateway();
  const env = { PUSHRIG_PORT: new URL(url).port };
  expect(await machine.says(["status"], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining(url) });
});

it("gets no token that was written down where it is on loopback, whatever answers there", async () => {
  const machine = new Machine();
  const { url, asked } = await pretender();
  machine.writeDown({ url, token: "the-token-that-was-written-down" });
  expect(await machine.says(["mark"])).toMatchObject({ code: 0, stdout: "7\n" });
  expect(asked.map(([path]) => path)).toContain("/pushrig/v1/mark");
  expect(JSON.stringify(asked)).not.toContain("the-token-that-was-written-down");

  await machine.says(["mark", "--token", "one-that-was-given"]);
  expect(asked.at(-1)?.[1].authorization).toBe("Bearer one-that-was-given");
  await machine.says(["mark"], { env: { PUSHRIG_TOKEN: "one-of-the-environment" } });
  expect(asked.at(-1)?.[1].authorization).toBe("Bearer one-of-the-environment");
});

const outside = Object.values(networkInterfaces())
  .flat()
  .find((own) => own?.family === "IPv4" && !own.internal)?.address;

it.runIf(outside)("gets the token that it has written down where it is on an address of the network", async () => {
  const machine = new Machine();
  const { running } = await machine.gateway("project", "--host", outside as string);
  const url = `http://${outside}:${await running.port()}`;
  expect(await machine.says(["status", "--json"])).toMatchObject({ code: 0, stdout: expect.stringContaining(url) });

  const named = await machine.says(["status", "--url", url]);
  expect([named.code, named.stderr]).toEqual([
    3,
    expect.stringMatching(/^pushrig: the control routes are for this machine\. .* needs the gateway's token/),
  ]);
  const wrong = await machine.says(["status", "--url", url, "--token", "wrong"]);
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toMatch(/token/);
  const [, token] = /token +(\S+)/.exec(running.stdout) ?? [];
  expect(await machine.says(["status", "--url", url, "--token", token])).toMatchObject({ code: 0 });
});

it("says of what is no gateway that it is none, and of one that is not there that nobody answers", async () => {
  const machine = new Machine();
  const server = createServer((_request, response) => response.writeHead(404).end("<h1>not here</h1>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const other = await machine.says(["status", "--url", url]);
  expect([other.code, other.stderr]).toEqual([
    3,
    `pushrig: what answers at ${url} (with status 404) is no gateway of pushrig. Name the address of one, as listen() and "npx pushrig" print it.\n`,
  ]);
  server.close();
  const gone = await machine.says(["status", "--url", url, "--json"]);
  expect([gone.code, gone.stderr, JSON.parse(gone.stdout)]).toEqual([
    3,
    "",
    { v: 1, error: { code: "no-gateway", message: expect.stringContaining("(ECONNREFUSED)") } },
  ]);
});

it("waits for no gateway whose process is stopped, whether it is named or found", async () => {
  const machine = new Machine();
  const { url, running } = await machine.gateway("stopped");
  const pid = running.pid as number;
  process.kill(pid, "SIGSTOP");
  onTestFinished(() => void process.kill(pid, "SIGCONT"));
  const start = performance.now();
  const [named, found] = await Promise.all([
    machine.says(["status", "--url", url]),
    machine.says(["mark", "--json"], { in: "stopped" }),
  ]);
  // It is 10 seconds for one that is busy.
  expect(performance.now() - start).toBeLessThan(9_000);
  expect([named.code, named.stderr]).toEqual([
    3,
    `pushrig: the gateway at ${url} has not answered within 2,000 ms: its process is stopped, or busy.\n`,
  ]);
  expect(JSON.parse(found.stdout)).toMatchObject({
    error: { code: "no-answer", message: expect.stringContaining(`process ${pid} is stopped, or busy`) },
  });
});
