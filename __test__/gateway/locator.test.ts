import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { createMockPusher, type Gateway, type listen } from "pushrig";
import { type Located, locatorFolder } from "../../lib/base/locator.js";
import { projectOf } from "../../lib/base/project.js";
import { runningGateways } from "../../lib/base/running-gateways.js";

const isRoot = process.getuid?.() === 0;

/** A temporary folder of the test's own, so that it sees its own gateways alone. */
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "locator-"));
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
});

async function opened(options: Parameters<typeof listen>[0] = {}): Promise<Gateway> {
  const gateway = await createMockPusher().listen({ port: 0, ...options });
  onTestFinished(() => gateway.close());
  return gateway;
}

const files = (): string[] => readdirSync(locatorFolder());

/** Writes down what is not so. */
function writeDown(more: Partial<Located>, name = "made-up.json", mode = 0o600): string {
  mkdirSync(locatorFolder(), { recursive: true, mode: 0o700 });
  const file = join(locatorFolder(), name);
  const located = { v: 1, url: "http://127.0.0.1:9", pid: process.pid, machine: hostname(), since: 1 };
  writeFileSync(file, JSON.stringify({ ...located, project: "/p", token: "t", isTest: false, ...more }), { mode });
  return name;
}

/** A process that is gone. */
function deadProcess(): number {
  return Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
}

it("writes down where a gateway listens, for its user alone, and takes that back when it closes", async () => {
  const gateway = await opened({ token: "mine-alone", wsPath: "/ws" });
  const [name = ""] = files();
  const path = join(locatorFolder(), name);
  expect(statSync(locatorFolder()).mode & 0o777).toBe(0o700);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const { folder } = projectOf();
  const { url, port } = gateway;
  const what = { url, pid: process.pid, project: folder, token: "mine-alone", isTest: true };
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject(what);
  expect(name.startsWith(`${process.pid}-${port}-`)).toBe(true);
  expect(await runningGateways()).toEqual([expect.objectContaining(what)]);
  await gateway.close();
  expect(files()).toEqual([]);
});

it("is found again after a restart, also where somebody has taken it for gone meanwhile", async () => {
  const gateway = await opened();
  rmSync(join(locatorFolder(), files()[0] ?? ""));
  await gateway.restart();
  expect(await runningGateways()).toMatchObject([{ url: gateway.url }]);
  expect(files()).toHaveLength(1);
});

it("cleans up what is left of processes that are gone, and of ports that somebody else has now", async () => {
  const server = createServer((_request, response) => void response.end('{"name":"another"}')).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  writeDown({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, "another.json");
  writeDown({ pid: deadProcess() }, "dead.json");
  const gateway = await opened();
  const { pid } = process;
  writeDown({ url: gateway.url, pid: pid === 1 ? 2 : 1 }, "took-the-number.json");
  expect((await runningGateways()).map(({ url }) => url)).toEqual([gateway.url]);
  expect(files()).toHaveLength(1);
});

it("tells of a process that was stopped and keeps its port", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  writeDown({ url });
  expect(await runningGateways()).toMatchObject([{ url, version: undefined }]);
  expect(files()).toEqual(["made-up.json"]);
});

it("passes over what is not this user's alone, is of another machine, or is no locator", async () => {
  const { url } = await opened();
  const own = files();
  const names = [writeDown({ url }, "shared.json", 0o600), writeDown({ url, machine: "another" }, "another.json")];
  chmodSync(join(locatorFolder(), "shared.json"), 0o640);
  for (const [name, text] of Object.entries({ cut: '{"v":1,"ur', null: "null", list: "[]", later: '{"v":2}' })) {
    writeFileSync(join(locatorFolder(), `${name}.json`), text, { mode: 0o600 });
    names.push(`${name}.json`);
  }
  expect(await runningGateways()).toHaveLength(1);
  expect(files().sort()).toEqual([...own, ...names].sort());
});

it("is written down also where another makes the folder at the same moment", async () => {
  const fs: { mkdirSync: typeof mkdirSync } = createRequire(import.meta.url)("node:fs");
  vi.spyOn(fs, "mkdirSync").mockImplementationOnce((...options) => {
    mkdirSync(...options);
    return mkdirSync(...options);
  });
  onTestFinished(() => void vi.restoreAllMocks());
  await opened();
  expect(fs.mkdirSync).toHaveBeenCalledOnce();
  expect(files()).toHaveLength(1);
});

it("neither writes into a folder that others can look into nor reads what is there", async () => {
  mkdirSync(locatorFolder(), { mode: 0o755 });
  chmodSync(locatorFolder(), 0o755);
  const { url } = await opened();
  expect(files()).toEqual([]);
  writeDown({ url });
  expect(await runningGateways()).toEqual([]);
});

it("listens also where there is no temporary folder that it may write to", async () => {
  vi.stubEnv("TMPDIR", "/proc/no-such-folder");
  expect((await (await fetch(`${(await opened()).url}/health`)).json()).name).toBe("pushrig");
});

it.runIf(isRoot)("takes no folder of another user's", async () => {
  mkdirSync(locatorFolder(), { mode: 0o700 });
  chownSync(locatorFolder(), 12_345, 12_345);
  await opened();
  expect(files()).toEqual([]);
});

it("tells who asks from this machine its project and process, and a page neither", async () => {
  const { url } = await opened();
  const { folder, hash } = projectOf();
  const ask = async (headers: Record<string, string>): Promise<object> =>
    (await fetch(`${url}/health`, { headers })).json() as Promise<object>;
  const everybody = { status: "ok", name: "pushrig", version: expect.any(String), protocol: 1, project: hash };
  const all = { ...everybody, connections: 0, folder, pid: process.pid };
  expect(await ask({})).toEqual(all);
  for (const headers of [{ origin: "http://localhost:3000" }, { "x-forwarded-for": "192.0.2.1" }]) {
    expect(await ask(headers as never)).toEqual({ ...everybody, connections: 0 });
  }
});
