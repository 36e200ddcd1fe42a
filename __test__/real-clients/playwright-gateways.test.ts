// Which gateway `pushrig/playwright` asks: the one that is named, the project's, one of its own; and what it says otherwise.
import { createServer, request, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { Running } from "../command/running";
import { failures, type Outcome, playwright, summary, traceOf } from "../support/playwright";

const root = fileURLToPath(new URL("../..", import.meta.url));

let folder: string;
let machine: NodeJS.ProcessEnv & { TMPDIR: string };

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "pushrig-gateways-")));
  cpSync(fileURLToPath(new URL("playwright/gateways", import.meta.url)), folder, { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/pushrig"), "dir");
  for (const name of ["@playwright", "playwright", "playwright-core", "pusher-js"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "dir");
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

// Where gateways write down that they run: those of others are not found here.
beforeEach(() => {
  machine = { TMPDIR: mkdtempSync(join(tmpdir(), "pushrig-machine-")) };
  onTestFinished(() => rmSync(machine.TMPDIR, { recursive: true, force: true }));
});

/** A gateway of a project. Answers its address and its process. */
async function gateway(project: string, ...args: string[]): Promise<{ url: string; pid: number }> {
  const cwd = project === folder ? folder : join(machine.TMPDIR, project);
  mkdirSync(cwd, { recursive: true });
  const running = new Running(["--port=0", ...args], machine, { cwd });
  return { url: `http://127.0.0.1:${await running.port()}`, pid: Number(running.pid) };
}

function run(file: string, uses: unknown[] = [{}], variables: Record<string, string> = {}): Promise<Outcome> {
  return playwright(folder, [file], { USES: JSON.stringify(uses), TMPDIR: machine.TMPDIR, ...variables });
}

interface Asked {
  url: string;
  key: string;
  app: { id: string };
  gateway: { pid: number };
}

/** What each of two workers has asked. */
function asked(outcome: Outcome): Asked[] {
  expect(summary(outcome)).toBe("2 as expected");
  return outcome.tests.map(({ annotations }) =>
    JSON.parse(annotations.find(({ type }) => type === "asked")?.description ?? ""),
  );
}

/** What is said where nothing can be asked, of all of them. */
async function refusals(uses: unknown[] = [{}]): Promise<string> {
  const outcome = await run("asked", uses);
  expect(outcome.stats).toMatchObject({ expected: 0, unexpected: 2 * uses.length });
  return failures(outcome);
}

it("is the project's, where others run too, with an app for each worker", { timeout: 240_000 }, async () => {
  const [own] = [await gateway(folder), await gateway("other")];
  const all = asked(await run("asked"));
  expect(all.map(({ gateway }) => gateway.pid)).toEqual([own.pid, own.pid]);
  expect(new Set(all.map(({ key }) => key)).size).toBe(2);
  expect(all[0].key).toMatch(/^playwright-\d-[\da-f]{8}$/);
});

it("is the one that is named, of whatever project", { timeout: 360_000 }, async () => {
  const [other, named] = [await gateway("other"), await gateway("another")];
  for (const [use, variables] of [
    [{ url: named.url }, {}],
    [{ url: `${named.url}/` }, { PUSHRIG_URL: other.url }],
    [{}, { PUSHRIG_URL: named.url }],
  ] as Array<[object, Record<string, string>]>) {
    expect(asked(await run("asked", [use], variables)).map(({ gateway }) => gateway.pid)).toEqual([
      named.pid,
      named.pid,
    ]);
  }
});

it("is, of several of the project, the one whose port PUSHRIG_PORT names", { timeout: 240_000 }, async () => {
  const all = [await gateway(folder), await gateway(folder)];
  const { url, pid } = all[1];
  const outcome = await run("asked", [{}], { PUSHRIG_PORT: new URL(url).port });
  expect(asked(outcome).map(({ gateway }) => gateway.pid)).toEqual([pid, pid]);
  const text = await refusals();
  expect(text).toContain(`pushrig: several gateways of ${folder} run. Name one with use: { pushrig: { url } }`);
  for (const one of all) expect(text).toMatch(new RegExp(`${one.url} .* process ${one.pid}`));
});

it("is none of another project, which is refused on the project's own port", { timeout: 240_000 }, async () => {
  const { url, pid } = await gateway("other");
  expect(asked(await run("asked")).map(({ gateway }) => gateway.pid)).not.toContain(pid);
  const outcome = await run("asked", [{}], { PUSHRIG_PORT: new URL(url).port });
  expect(outcome.stats).toMatchObject({ expected: 0, unexpected: 2 });
  const [theirs, own] = [join(machine.TMPDIR, "other"), folder].map((name) => JSON.stringify(realpathSync(name)));
  expect(failures(outcome)).toContain(
    `pushrig: the gateway on ${new URL(url).host} is of ${theirs}, and this process is of ${own}. Set PUSHRIG_PORT to another port ` +
      `than ${new URL(url).port} for one of them, or PUSHRIG_PROJECT if they belong together.`,
  );
});

it("has the first app where workers are not apart", { timeout: 240_000 }, async () => {
  await gateway(folder);
  const all = asked(await run("asked", [{ isolate: false }], { WORKERS: "1" }));
  expect(all.map(({ app }) => app.id)).toEqual(["mock-app-id", "mock-app-id"]);
});

it(
  "is one of the worker's own where none runs, which pages reach wherever they meant to go",
  { timeout: 240_000 },
  async () => {
    const script = readFileSync(join(root, "node_modules/pusher-js/dist/web/pusher.min.js"));
    const APPLICATION = await serve(({ url }, response) => {
      response.setHeader("content-type", url === "/pusher.js" ? "text/javascript" : "text/html");
      response.end(url === "/pusher.js" ? script : page);
    });
    const outcome = await run("pages", [{}], { APPLICATION });
    expect(summary(outcome)).toBe("4 as expected");
    const all = asked(await run("asked"));
    expect(new Set(all.map(({ gateway }) => gateway.pid)).size).toBe(2);
  },
);

it("says so when it ends in the middle of a test, and goes on", { timeout: 240_000 }, async () => {
  const { pid } = await gateway(folder);
  const outcome = await run("ends", [{}], { GATEWAY_PID: String(pid) });
  expect(summary(outcome)).toBe("2 as expected");
  expect(outcome.tests[0].errors.join()).toMatch(/pushrig: no gateway answers at http:\/\/127\.0\.0\.1:\d+/);
});

it("fails a test that has not waited for what it asked, and no other", { timeout: 240_000 }, async () => {
  const outcome = await run("awaits", [{}], { WORKERS: "1" });
  const [waiter, failed, two, ...others] = outcome.tests;
  const unawaited = (call: string): RegExp =>
    new RegExp(
      String.raw`pushrig: nobody awaited ${call} \(awaits\.e2e\.ts:\d+:\d+\), so the test has not waited for it\.`,
    );
  expect(waiter.errors).toEqual([
    expect.stringMatching(unawaited(String.raw`pusher\.channel\("chat"\)\.subscribed\(\)`)),
  ]);
  expect(failed.errors).toEqual([
    expect.stringMatching(
      /nobody awaited pusher\.channel\("chat"\)\.received\(\).* It has failed: Nobody received "never"/,
    ),
  ]);
  expect(two.errors.join()).toContain("nobody awaited expect(…).toHaveTriggered()");
  expect(two.errors.join()).toMatch(unawaited(String.raw`pusher\.sentWebhook\(\)`));
  expect(others.map(({ errors }) => errors)).toEqual([[], [], []]);
  // The file of the trace is named by every reporter, and there to be read.
  for (const test of [waiter, failed, two]) {
    const trace = test.attachments.find(({ name }) => name === "pushrig.jsonl");
    expect(trace?.path).toMatch(/awaits\.e2e.*pushrig\.jsonl$/);
    expect(traceOf(test).at(-1).failure).toContain("nobody awaited");
  }
});

it("says of options what is wrong", { timeout: 240_000 }, async () => {
  const wrong: Array<[unknown, string]> = [
    [{ urll: "x" }, 'use: { pushrig } of Playwright has no option "urll"; did you mean "url"?'],
    [{ url: "localhost:6001" }, "the url in use: { pushrig } of Playwright must be a gateway's address"],
    [{ url: "http://127.0.0.1:1" }, "pushrig: no gateway answers at http://127.0.0.1:1"],
    [{ isolate: "no" }, 'the option isolate of use: { pushrig } of Playwright is true or false, not "no"'],
    [{ timeout: -1 }, "the timeout in use: { pushrig } of Playwright is milliseconds from 0, not -1"],
    [{ token: 5 }, "the token in use: { pushrig } of Playwright is a string, not 5"],
    ["x", "use: { pushrig } of Playwright takes an object such as"],
  ];
  const text = await refusals(wrong.map(([use]) => use));
  for (const [, why] of wrong) expect(text).toContain(why);
});

const page = `<!doctype html><ul></ul><script src="/pusher.js"></script><script>
  const pusher = new Pusher("a-key-of-pusher", { cluster: "eu" });
  pusher.subscribe("task-1").bind("new-message", ({ text }) => {
    document.querySelector("ul").append(Object.assign(document.createElement("li"), { textContent: text }));
  });
</script>`;

/** A server of the test's own. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("says of a wrong token, another version and another server what to do", { timeout: 240_000 }, async () => {
  const { url } = await gateway(folder, "--token=right");
  // What comes through it is not from this machine, for all that the gateway knows.
  const proxy = await serve((incoming, response) => {
    const headers = { ...incoming.headers, "x-forwarded-for": "10.0.0.1" };
    const onwards = request(url + incoming.url, { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onwards);
  });
  const old = await serve(({ url: path }, response) => {
    response.statusCode = path === "/health" ? 200 : 404;
    response.end(path === "/health" ? JSON.stringify({ name: "pushrig", version: "0.0.1" }) : "404 NOT FOUND\n");
  });
  const foreign = await serve((_request, response) => void response.end("hello"));
  const uses = [{ url: proxy, token: "wrong" }, { url: proxy }, { url: old }, { url: foreign }];
  const text = await refusals(uses);
  for (const why of [
    "it comes through a proxy, so it needs the gateway's token",
    `the gateway at ${old} is of pushrig 0.0.1`,
    `what answers at ${foreign} (with status 200) is no gateway`,
  ]) {
    expect(text).toContain(why);
  }
});
