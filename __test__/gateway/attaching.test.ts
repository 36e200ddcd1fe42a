// Processes of one project that meet at one gateway: real processes, on a port of the test's own.
import { readdirSync, readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { freePort } from "../../scripts/free-port.mjs";
import { projectOf } from "../../lib/base/project.js";
import { locatorFolder } from "../../lib/base/locator.js";
import { project, type Member } from "../support/member";

const ATTACH = `
  own.gateway = await P.listen({ attach: true, ...given });
  own.gateway.onRole((role) => tell({ role }));
  return own.gateway.role;
`;

/** Subscribes a client, and tells what it gets. Resolves once it is subscribed. */
const SUBSCRIBE = `
  own.client ??= new P.MockPusherClient(undefined, { cluster: "mock-cluster", user: { id: given.user } });
  const channel = own.client.subscribe(given.channel);
  channel.bind("hello", (data) => tell({ hello: data }));
  await new Promise((resolve, reject) => {
    channel.bind("pusher:subscription_succeeded", resolve);
    channel.bind("pusher:subscription_error", (error) => reject(new Error(JSON.stringify(error))));
  });
`;

const TRIGGER = `
  own.server ??= new P.MockPusherServer({ cluster: "mock-cluster" });
  return (await own.server.trigger(given.channel, "hello", given.data)).status;
`;

/** Lets the process end when nothing in it is left to do. */
const LEAVE = `process.removeAllListeners("message"); process.removeAllListeners("disconnect"); setImmediate(() => process.disconnect());`;

/** An owner, and a process that is attached to it. */
async function pair(options: object = {}): Promise<{ owner: Member; other: Member; port: number; folder: string }> {
  const { member, port, folder } = await project();
  const [owner, other] = [member(), member()];
  expect(await owner.run(ATTACH, options)).toBe("owner");
  expect(await other.run(ATTACH)).toBe("attached");
  return { owner, other, port, folder };
}

/** A program that answers like a gateway, and lets nobody in. Answers what it was told. */
async function stranger(port: number, health: object, makeRoom?: () => Promise<void>): Promise<() => string> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.url} ${JSON.stringify(request.headers)}`);
    request.on("data", (piece) => heard.push(String(piece)));
    request.on("end", () => {
      response.statusCode = request.url === "/health" ? 200 : 401;
      response.end(JSON.stringify({ name: "pushrig", ...health }));
    });
  });
  onTestFinished(() => void server.close());
  await makeRoom?.();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return () => heard.join("\n");
}

const hashOf = (folder: string): string => projectOf(folder, folder).hash;

it("is the owner where nobody has the port, and attached where a process of the project has", async () => {
  const { owner, other, port } = await pair();
  expect(other.output).toBe(
    `pushrig: attached to the gateway of process ${owner.pid} (member.cjs) on 127.0.0.1:${port}. Delivery is as on a network: ` +
      "await what you expect.\n",
  );
  const state = await fetch(`http://127.0.0.1:${port}/pushrig/v1/state`);
  expect(((await state.json()) as { gateway: object }).gateway).toMatchObject({
    role: "owner",
    pid: owner.pid,
    attached: [{ pid: other.pid, name: "member.cjs" }],
  });
});

it("has events go both ways, and everybody on one presence channel", async () => {
  const { owner, other } = await pair();
  await owner.run(SUBSCRIBE, { user: "ann", channel: "presence-room" });
  await other.run(SUBSCRIBE, { user: "bob", channel: "presence-room" });
  for (const member of [owner, other])
    expect(await member.run(TRIGGER, { channel: "presence-room", data: member.pid })).toBe(200);
  for (const member of [owner, other]) {
    await member.until(() => member.told.length === 2);
    expect(member.told).toEqual([{ hello: owner.pid }, { hello: other.pid }]);
    const members = await member.run<Array<{ id: string }>>(`return P.channel("presence-room").members("ann", "bob")`);
    expect(members.map(({ id }) => id).toSorted()).toEqual(["ann", "bob"]);
    expect(await member.run(`return Object.keys(own.client.channel("presence-room").members.members).sort()`)).toEqual([
      "ann",
      "bob",
    ]);
  }
});

it("moves clients along that were there before", async () => {
  const { member } = await project();
  const [owner, other] = [member(), member()];
  await other.run(SUBSCRIBE, { user: "bob", channel: "room" });
  await owner.run(ATTACH);
  expect(await other.run(ATTACH)).toBe("attached");
  await owner.run(`await P.channel("room").subscribed()`);
  await owner.run(TRIGGER, { channel: "room", data: 1 });
  await other.until(() => other.told.length > 0);
  expect(other.told).toEqual([{ hello: 1 }]);
});

it("means clients of its own by what the test calls them, and none of another app", async () => {
  const { owner, other } = await pair();
  expect(
    await other.run(`
      own.server = new P.MockPusherServer({ cluster: "mock-cluster" });
      own.ada = new P.MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", name: "ada" });
      own.ada.subscribe("room").bind("hello", () => {});
      await P.channel("room").subscribed({ by: "ada" });
      const fault = await P.network().lose({ client: "ada", times: 1 });
      await own.server.trigger("room", "hello", 1);
      const { reason } = await P.why({ event: "hello", channel: "room", client: "ada" });
      const strikes = await fault.strikes();
      await own.server.trigger("room", "hello", 2);
      const { data } = await P.channel("room").received("hello", 2, { by: "ada" });
      const silence = await P.network().silence("ada");
      await silence.restore();
      const stranger = P.createMockPusher().client();
      const refused = await P.network().silence(stranger).catch((error) => error.message);
      return { reason, strikes, data, refused };
    `),
  ).toEqual({
    reason: "lost",
    strikes: 1,
    data: 2,
    refused: expect.stringMatching(
      /^pushrig: the client of silence\(\) belongs to the app with the key "[0-9a-f]+"; take one/,
    ),
  });
  await owner.end();
});

it("asks the owner's apps: probes, waiters, marks, acts, why() and faults", async () => {
  const { owner, other } = await pair();
  await owner.run(SUBSCRIBE, { user: "ann", channel: "room" });
  expect(
    await other.run(`
      own.server = new P.MockPusherServer({ cluster: "mock-cluster" });
      const since = await P.mark();
      const { entries } = await P.during(() => own.server.trigger("room", "hello", { n: 1 }));
      const triggered = await P.channel("room").triggered("hello", { n: 1 }, { since });
      const received = await P.channel("room").received("hello", { n: 1 });
      await P.idle();
      const never = await P.channel("room").triggered("bye", undefined, { timeout: 20 }).catch((error) => error.message);
      const fault = await P.network().lose({ event: "lost" });
      await own.server.trigger("room", "lost", {});
      const why = await P.why({ event: "lost", channel: "room" });
      await P.network().restore();
      return { kinds: entries.map(({ kind }) => kind), data: [triggered.data, received.data], never, reason: why.reason };
    `),
  ).toEqual({
    kinds: expect.arrayContaining(["triggered"]),
    data: [{ n: 1 }, { n: 1 }],
    never: expect.stringContaining('"bye"'),
    reason: "lost",
  });
  await other.run(`await P.reset()`);
  expect(await owner.run(`return P.pusherMockState.getActiveChannels()`)).toEqual([]);
});

it("says of what is known at once in the owner's process only how it is asked from outside", async () => {
  const { owner, other } = await pair();
  const whose = `process ${owner.pid} (member.cjs)`;
  const state = other.run(`P.pusherMockState.getSubscriberCount("room")`);
  await expect(state).rejects.toThrow(`attached to the gateway of ${whose}`);
  await expect(state).rejects.toThrow("await only: channel(name).subscribed()");
  await expect(other.run(`return P.why({ event: "x" }).received`)).rejects.toThrow(
    `why() is answered later, since this process is attached to the gateway of ${whose}: write await before it`,
  );
  await expect(other.run(`return own.gateway.connectionCount`)).rejects.toThrow(`only ${whose} knows`);
});

it("signs with the owner's credentials where it has none, and tells of credentials of its own", async () => {
  const { member } = await project();
  const [owner, other, third] = [
    member(),
    member(),
    member({ PUSHER_KEY: "their-key", PUSHER_SECRET: "their-secret" }),
  ];
  await owner.run(ATTACH, { apps: [] });
  await other.run(ATTACH);
  await third.run(ATTACH);
  await third.run(
    `own.server = new P.MockPusherServer({ appId: "1", key: "their-key", secret: "their-secret", cluster: "eu" })`,
  );
  await owner.run(SUBSCRIBE, { user: "ann", channel: "private-room" });
  await third.run(TRIGGER, { channel: "private-room", data: "of their own" });
  // Made when it was attached already.
  await other.run(
    `own.server = new P.MockPusherServer({ appId: "1", key: "late-key", secret: "late-secret", cluster: "eu" })`,
  );
  await other.run(TRIGGER, { channel: "private-room", data: "late" });
  await owner.until(() => owner.told.length === 2);
  expect(owner.told).toEqual([{ hello: "of their own" }, { hello: "late" }]);
});

it("tells secrets to who has the token of the locator file, and to nobody else", async () => {
  const { owner, port } = await pair();
  const ask = async (token?: string): Promise<string> => {
    const body = JSON.stringify({ id: "spy", pid: 1, name: "spy", ...(token !== undefined && { token }) });
    return (await fetch(`http://127.0.0.1:${port}/pushrig/v1/attach`, { method: "POST", body })).text();
  };
  const file = readdirSync(locatorFolder()).find((name) => name.startsWith(`${owner.pid}-${port}-`)) ?? "";
  const { token } = JSON.parse(readFileSync(join(locatorFolder(), file), "utf8")) as { token: string };
  expect(await ask(token)).toContain("mock-pusher-secret");
  for (const wrong of [undefined, "", `${token}x`]) expect(await ask(wrong)).not.toContain("secret");
});

it("sends webhooks to handlers and addresses of every process", async () => {
  const { owner, other } = await pair();
  await other.run(`
    P.onWebhook(async (request) => tell({ webhook: own.receiving.webhook({ headers: Object.fromEntries(request.headers), rawBody: await request.text() }).isValid() }));
    own.receiving = new P.MockPusherServer({ cluster: "mock-cluster" });
    await P.idle();
  `);
  await owner.run(SUBSCRIBE, { user: "ann", channel: "room" });
  await other.until(() => other.told.length > 0);
  expect(other.told).toEqual([{ webhook: true }]);
  expect(await other.run(`return (await P.webhooks()).map(({ events }) => events[0].name)`)).toEqual([
    "channel_occupied",
  ]);
});

/** The status of what a program sends with these headers. */
function statusOf(url: string, headers: Record<string, string>, body: string, method = "POST"): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

it("hands no handler of webhooks what a page sends to it, comes by another name, or has no end", async () => {
  const { owner, other } = await pair();
  await other.run(`P.onWebhook(async (request) => tell(await request.text())); await P.idle();`);
  await owner.run(SUBSCRIBE, { user: "ann", channel: "room" });
  await other.until(() => other.told.length === 1);
  const to = await other.run<string>(`return (await P.webhooks())[0].to`);
  const strangers = [
    ["origin", "https://evil.example"],
    ["origin", "null"],
    ["sec-fetch-site", "cross-site"],
    ["host", "evil.example"],
  ];
  for (const [name, value] of strangers) expect(await statusOf(to, { [name]: value }, "evil")).toBe(403);
  expect(await statusOf(to, {}, "", "GET")).toBe(405);
  // Who sends that much may find the connection closed before it has read why.
  const tooMuch = statusOf(to, {}, "x".repeat(33 * 1024 * 1024)).catch(({ code }: NodeJS.ErrnoException) => code);
  expect([413, "ECONNRESET", "EPIPE"]).toContain(await tooMuch);
  expect(await statusOf(to, {}, "a program's")).toBe(200);
  expect(other.told.slice(1)).toEqual(["a program's"]);
});

it("is attached by its environment without a call, and never in a test runner", async () => {
  const { member } = await project();
  const [owner, other, test] = [
    member(),
    member({ PUSHRIG_ATTACH: "1" }),
    member({ PUSHRIG_ATTACH: "1", NODE_TEST_CONTEXT: "child" }),
  ];
  await owner.run(ATTACH);
  await owner.run(SUBSCRIBE, { user: "ann", channel: "room" });
  await other.run(TRIGGER, { channel: "room", data: 1 });
  await test.run(TRIGGER, { channel: "room", data: 2 });
  await other.run(TRIGGER, { channel: "room", data: 3 });
  await owner.until(() => owner.told.length === 2);
  expect(owner.told).toEqual([{ hello: 1 }, { hello: 3 }]);
  expect(test.output).toBe("");
});

it.each([
  ["for all who attach", `P.listen({ attach: true })`],
  ["at their port", `P.listen({ port: Number(process.env.PUSHRIG_PORT) })`],
])("is attached by its environment to no gateway that it has opened itself %s", async (_how, open) => {
  const { member, port } = await project();
  const owner = member({ PUSHRIG_ATTACH: "1" });
  await owner.run(`await ${open}`);
  await owner.run(TRIGGER, { channel: "room", data: 1 });
  expect(await owner.run(`return P.pusherMockState.getChannelMessages("room").length`)).toBe(1);
  const state = await fetch(`http://127.0.0.1:${port}/pushrig/v1/state`);
  expect(await state.json()).toMatchObject({ gateway: { pid: owner.pid, attached: [] } });
  expect(owner.output).toBe("");
});

it.each([
  ["next build", `process.env.NEXT_PHASE = "phase-production-build"`],
  ["next dev", `process.argv[1] = "/app/node_modules/next/dist/compiled/jest-worker/processChild.js"`],
])("is not attached by its environment where %s only looks at what its modules export", async (_what, be) => {
  const { member } = await project();
  const [owner, helper] = [member(), member({ PUSHRIG_ATTACH: "1" })];
  await helper.run(be);
  await helper.run(TRIGGER, { channel: "room", data: 1 });
  expect(await owner.run(ATTACH)).toBe("owner");
  await helper.run(TRIGGER, { channel: "room", data: 2 });
  expect(await owner.run(`return P.pusherMockState.getChannelMessages("room").length`)).toBe(0);
  expect(helper.output).not.toContain("gateway of this project was there");
});

it.each([
  ["PUSHRIG_ATTACH", "perhaps", "PUSHRIG_ATTACH must be 1 (this process uses the gateway of its project) or 0"],
  ["PUSHRIG_PORT", "none", "PUSHRIG_PORT must be a port from 1 to 65535"],
  ["PUSHRIG_URL", "localhost:6001", "PUSHRIG_URL must be a gateway's address such as"],
])(
  "is told each time that it uses the mock, not the first time only, that %s=%s is wrong",
  async (name, value, text) => {
    const { member } = await project();
    const one = member({ PUSHRIG_ATTACH: "1", [name]: value });
    for (let count = 0; count < 3; count += 1)
      await expect(one.run(TRIGGER, { channel: "room" })).rejects.toThrow(text);
    await expect(one.run(`return P.channel("room").subscribed()`)).rejects.toThrow(text);
  },
);

it("stays by itself where PUSHRIG_ATTACH says so", async () => {
  const { member } = await project();
  const [owner, other] = [member(), member({ PUSHRIG_ATTACH: "off" })];
  await owner.run(ATTACH);
  await other.run(TRIGGER, { channel: "room", data: 1 });
  expect(await other.run(`return P.pusherMockState.getSubscriberCount("room")`)).toBe(0);
});

it("signs with the right date where a test has set another one, and waits on the machine's clock", async () => {
  const { owner, other } = await pair();
  await owner.run(SUBSCRIBE, { user: "ann", channel: "room" });
  await other.run(`
    const { Date: RealDate } = globalThis;
    globalThis.Date = class extends RealDate { static now() { return 1; } };
    globalThis.setTimeout = () => 0;
  `);
  expect(await other.run(TRIGGER, { channel: "room", data: 1 })).toBe(200);
  await owner.until(() => owner.told.length > 0);
});

it("opens the gateway by its environment, and ends by itself", async () => {
  const { member } = await project();
  const [first, second] = [member({ PUSHRIG_ATTACH: "true" }), member()];
  await first.run(TRIGGER, { channel: "room", data: 1 });
  expect(await second.run(ATTACH)).toBe("attached");
  await first.run(`process.disconnect()`).catch(() => {});
  await second.says("has ended");
  await second.until(() => second.told.length > 0);
  expect(second.told).toEqual([{ role: "owner" }]);
});

it.each([
  ["unsubscribes", `own.client.unsubscribe(given.channel)`],
  ["sends a client event", `own.client.channel(given.channel).trigger("client-bye", {})`],
])("ends by itself when the last that its client does is that it %s", async (_what, last) => {
  const { member } = await project();
  const [owner, other] = [member(), member({ PUSHRIG_ATTACH: "1" })];
  await owner.run(ATTACH);
  const given = { user: "ann", channel: "private-room" };
  await other.run(SUBSCRIBE, given);
  await other.run(`${last}; ${LEAVE}`, given);
  expect(await other.ended).toBe(0);
});

it("forgets a process that has asked once and gone, with what it has brought", async () => {
  const { member, port } = await project();
  const owner = member();
  await owner.run(ATTACH);
  const ask = (receivers: object[]): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/pushrig/v1/attach`, {
      method: "POST",
      body: JSON.stringify({ id: "once", pid: 1, name: "once", receivers }),
    });
  const to = "http://127.0.0.1:1/";
  expect((await ask([{ to }, { to, events: ["no such"] }])).status).not.toBe(200);
  expect((await ask([{ to }])).status).toBe(200);
  await expect
    .poll(
      async () => {
        const state = await fetch(`http://127.0.0.1:${port}/pushrig/v1/state`);
        return ((await state.json()) as { gateway: { attached: unknown[] } }).gateway.attached;
      },
      { timeout: 10_000 },
    )
    .toEqual([]);
  await owner.run(SUBSCRIBE, { user: "ann", channel: "room" });
  await owner.run(`await P.idle()`);
  expect(await owner.run(`return P.webhooks().length`)).toBe(0);
});

it("asks its owner nothing any more when it was closed", async () => {
  const { other } = await pair();
  await other.run(`own.webhooks = P.onWebhook("http://127.0.0.1:1/"); await P.idle(); await own.gateway.close();`);
  const asked = await other.run(`
    const http = process.getBuiltinModule("http");
    let asked = 0;
    http.request = () => { asked += 1; throw new Error("nobody is to be asked"); };
    own.webhooks.remove();
    await new Promise((resolve) => setImmediate(resolve));
    return asked;
  `);
  expect(asked).toBe(0);
});

it("tells a program that has got the port of a process that died neither its token nor credentials", async () => {
  const { member, port, folder } = await project();
  const owner = member();
  await owner.run(ATTACH);
  const file = readdirSync(locatorFolder()).find((name) => name.startsWith(`${owner.pid}-${port}-`)) ?? "";
  const path = join(locatorFolder(), file);
  const { token } = JSON.parse(readFileSync(path, "utf8")) as { token: string };
  const other = member({ PUSHER_KEY: "their-key", PUSHER_SECRET: "their-secret" });
  const heard = await stranger(port, { pid: owner.pid, project: hashOf(folder) }, () => owner.end("SIGKILL"));
  await expect(other.run(ATTACH)).rejects.toThrow("answers 401 to a process that wants to attach");
  expect(heard()).toContain("member.cjs");
  for (const secret of [token, "their-secret"]) expect(heard()).not.toContain(secret);
});

it.each([
  ["which is of this project, as it says", true, "answers 401 to a process that wants to attach"],
  ["which does not say of which project it is", false, "does not say of which project it is"],
])("tells a program %s no token of the user's", async (_which, saysProject, text) => {
  const { member, port, folder } = await project();
  const heard = await stranger(port, { protocol: 1, ...(saysProject && { project: hashOf(folder) }) });
  const [one, named] = [{}, { PUSHRIG_URL: `http://127.0.0.1:${port}` }].map((env) =>
    member({ PUSHRIG_TOKEN: "of-the-user", PUSHER_KEY: "their-key", PUSHER_SECRET: "their-secret", ...env }),
  );
  await expect(one.run(ATTACH)).rejects.toThrow(text);
  expect(heard()).toContain("/health");
  for (const secret of ["of-the-user", "their-secret"]) expect(heard()).not.toContain(secret);
  // Who names it means it.
  await named.run(`await P.channel("room").subscribed()`).catch(() => {});
  expect(heard()).toContain("of-the-user");
});

it("goes to the gateway that PUSHRIG_URL names, of whatever project, also with mock clients", async () => {
  const { owner, port } = await pair();
  const elsewhere = await project();
  const other = elsewhere.member({ PUSHRIG_URL: `http://127.0.0.1:${port}/` });
  await other.run(SUBSCRIBE, { user: "bob", channel: "private-room" });
  await owner.run(TRIGGER, { channel: "private-room", data: 1 });
  await other.until(() => other.told.length > 0);
  expect(other.told).toEqual([{ hello: 1 }]);
  expect(await other.run(`return P.channel("private-room").subscribed()`)).toHaveLength(1);
});

it("names PUSHRIG_URL in every error where nothing answers there", async () => {
  const { member, port } = await project();
  const url = `http://127.0.0.1:${port}`;
  const other = member({ PUSHRIG_URL: url });
  const named = `PUSHRIG_URL names the gateway ${url}`;
  await expect(other.run(TRIGGER, { channel: "room" })).rejects.toMatchObject({
    cause: expect.stringContaining(named),
  });
  for (const asked of [
    `await P.channel("room").subscribed()`,
    `await P.why({ event: "x" })`,
    `await P.idle()`,
    `await P.reset()`,
  ]) {
    await expect(other.run(asked)).rejects.toThrow(named);
  }
  await expect(other.run(`P.pusherMockState.getActiveChannels()`)).rejects.toThrow("PUSHRIG_URL");
});

it("refuses the gateway of another project, naming both folders and the way out", async () => {
  const { owner, port, folder } = await pair();
  const elsewhere = await project();
  const other = elsewhere.member({ PUSHRIG_PORT: String(port) });
  await expect(other.run(ATTACH)).rejects.toThrow(
    `pushrig: the gateway on 127.0.0.1:${port} is of "${folder}", and this process is of "${elsewhere.folder}". Set PUSHRIG_PORT`,
  );
  expect(await owner.run(`return own.gateway.role`)).toBe("owner");
});

it.each([
  [
    "of another protocol",
    { name: "pushrig", version: "9.9.9", protocol: 99, pid: 4711 },
    /process 4711 has pushrig 9\.9\.9, this one .*: they cannot share a broker\. Start process 4711 anew/,
  ],
  ["that is none", { name: "other" }, /port \d+ is taken by another program; set PUSHRIG_PORT to a free one/],
])("refuses a gateway %s", async (_what, health, text) => {
  const server = createServer((_request, response) => response.end(JSON.stringify(health)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { member } = await project();
  const one = member({ PUSHRIG_PORT: String((server.address() as AddressInfo).port) });
  await expect(one.run(ATTACH)).rejects.toThrow(text);
});

it("takes the port of a gateway that says while it is asked that it closes", async () => {
  const { member, port, folder } = await project();
  const closing = createServer(({ url }, response) => {
    response.setHeader("connection", "close");
    if (url === "/health") {
      response.end(JSON.stringify({ name: "pushrig", protocol: 1, project: hashOf(folder) }));
      return;
    }
    closing.close();
    response.statusCode = 503;
    response.end(JSON.stringify({ error: { code: "closing", message: "pushrig: the gateway is closing" } }));
  });
  await new Promise<void>((resolve) => closing.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void closing.close());
  expect(await member().run(ATTACH)).toBe("owner");
});

it("reads no more of an answer than a gateway would give, from a program that never ends its own", async () => {
  const { member, port } = await project();
  const piece = Buffer.alloc(1024 * 1024, "x");
  const flood = createServer((_, response) => {
    const pour = (): void => {
      while (response.writable && response.write(piece));
    };
    response.on("drain", pour);
    pour();
  });
  await new Promise<void>((resolve) => flood.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => {
    flood.close();
    flood.closeAllConnections();
  });
  const refused = member().run(ATTACH);
  await expect(refused).rejects.toThrow(`port ${port} is taken by another program`);
});

it("names in one warning what it has asked for and the owner has not", async () => {
  const { member } = await project();
  const [owner, other] = [member(), member()];
  await owner.run(ATTACH);
  await other.run(ATTACH, { apps: [{ id: "9", key: "nine", secret: "s" }] });
  expect(other.output.match(/has asked for what the gateway of .* has not: the app 9\./g)).toHaveLength(1);
});

it("needs a port, and the default app", async () => {
  const { member } = await project();
  const one = member();
  await expect(one.run(ATTACH, { port: 0 })).rejects.toThrow("needs a port, by which processes meet");
  await expect(one.run(ATTACH, { attach: "yes" })).rejects.toThrow("the option attach of listen()");
  await expect(one.run(`await P.createMockPusher().listen({ attach: true })`)).rejects.toThrow(
    "attach is for the default app",
  );
});

it("says once that a gateway of the project has those who are meant, where nobody here hears an event", async () => {
  const { member, port } = await project();
  const [owner, alone] = [member(), member()];
  await owner.run(ATTACH);
  await alone.run(TRIGGER, { channel: "room", data: 1 });
  await alone.says("This is said once.");
  expect(alone.output).toBe(
    `pushrig: nobody in this process has heard "hello" on "room", and process ${owner.pid} has a gateway of the same project on 127.0.0.1:${port}: ` +
      "what is triggered here does not get there. Set PUSHRIG_ATTACH=1, beside USE_MOCKS=true, for this process too. This is said once.\n",
  );
  const why = await alone.run<{ reason: string; text: string }>(`return P.why({ event: "hello", channel: "room" })`);
  expect(why).toMatchObject({ reason: "other-process", text: expect.stringContaining("Set PUSHRIG_ATTACH=1") });
  expect(await alone.run(`return P.why({ event: "bye" }).reason`)).toBe("other-process");
});

it("says nothing of it in test runners, to other projects, and where somebody listens", async () => {
  const { member } = await project();
  const elsewhere = await project();
  const owner = member();
  await owner.run(ATTACH);
  const { port } = await owner.run<{ port: number }>(`return { port: own.gateway.port }`);
  const heard = member();
  await heard.run(SUBSCRIBE, { user: "bob", channel: "room" });
  const others = [member({ NODE_TEST_CONTEXT: "child" }), elsewhere.member({ PUSHRIG_PORT: String(port) }), heard];
  for (const other of others) {
    await other.run(TRIGGER, { channel: "room", data: 1 });
    // The question is answered by then.
    await other.run(`await fetch("http://127.0.0.1:${port}/health")`);
    expect(other.output).toBe("");
  }
});

/** Processes of a project that name no port, on a machine of their own: what is written down there is theirs alone. */
async function unnamed(): Promise<{ member(env?: NodeJS.ProcessEnv): Member; folder: string; port: number }> {
  const { member, port, folder } = await project();
  return { member: (env) => member({ TMPDIR: folder, PUSHRIG_PORT: "", ...env }), folder, port };
}

it("attaches to the gateway of the project that is written down, whatever its port, where none is named", async () => {
  const { member, port, folder } = await unnamed();
  const owner = member();
  await owner.run(ATTACH, { port });
  await owner.run(SUBSCRIBE, { user: "ann", channel: "room" });
  const worker = member({ USE_MOCKS: "true", PUSHRIG_ATTACH: "1" });
  expect(await worker.run(TRIGGER, { channel: "room", data: 1 })).toBe(200);
  await owner.until(() => owner.told.length > 0);
  expect(owner.told).toEqual([{ hello: 1 }]);
  expect(worker.output).toContain(`attached to the gateway of process ${owner.pid} (member.cjs) on 127.0.0.1:${port}.`);

  const other = member();
  expect(await other.run(ATTACH)).toBe("attached");
  expect(await other.run(`return own.gateway.port`)).toBe(port);
  await owner.end("SIGKILL");
  await Promise.any([worker, other].map((one) => one.says("has the gateway now")));
  expect(await (await fetch(`http://127.0.0.1:${port}/health`)).json()).toMatchObject({
    name: "pushrig",
    project: hashOf(folder),
  });
});

it("says of a gateway of the project at another port that the two do not meet, where a port is named", async () => {
  const { member, port } = await unnamed();
  const [owner, other] = [member(), member({ PUSHRIG_PORT: String(await freePort()) })];
  await owner.run(ATTACH, { port });
  expect(await other.run(ATTACH)).toBe("owner");
  await other.says(
    `pushrig: process ${owner.pid} has a gateway of the same project on 127.0.0.1:${port}, which does not meet this one on port`,
  );
});

it("guesses none of several gateways of the project, and lists them", async () => {
  const { member, port, folder } = await unnamed();
  const [one, two, third] = [member(), member(), member()];
  const second = await freePort();
  await one.run(ATTACH, { port });
  await two.run(ATTACH, { port: second });
  const refused = await third.run(ATTACH).catch((error: Error) => error.message);
  expect(refused).toContain(`pushrig: several gateways of ${folder} run. Name one with PUSHRIG_PORT:`);
  for (const [url, { pid }] of [
    [`http://127.0.0.1:${port}`, one],
    [`http://127.0.0.1:${second}`, two],
  ] as const)
    expect(refused).toContain(`  ${url}  process ${pid}`);
});

it("says of an event that nobody has heard that a gateway of the project is at another port", async () => {
  const { member, port } = await unnamed();
  const [owner, alone] = [member(), member({ USE_MOCKS: "true" })];
  await owner.run(ATTACH, { port });
  expect(await alone.run(TRIGGER, { channel: "room", data: 1 })).toBe(200);
  await alone.says(`process ${owner.pid} has a gateway of the same project on 127.0.0.1:${port}`);
});
