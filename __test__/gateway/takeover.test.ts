// What becomes of a gateway whose process ends, while others of its project are attached. Tests mostly wait, so those of a group run at once.
import { describe, expect, it } from "vitest";
import { project, type Member } from "../support/member";

const isLong = Boolean(process.env.PUSHRIG_LONG);
/** Milliseconds: what is promised is so on a machine that does nothing else. */
const TAKEOVER_TIME = isLong ? 2_000 : 20_000;

const ATTACH = `
  own.gateway = await P.listen({ attach: true, ...given });
  own.gateway.onRole((role) => tell({ role }));
  return own.gateway.role;
`;

const SUBSCRIBE = `
  own.client = new P.MockPusherClient(undefined, { cluster: "mock-cluster", user: { id: given.user } });
  const channel = own.client.subscribe("presence-room");
  channel.bind("hello", (data) => tell({ hello: data }));
  await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
`;

const TRIGGER = `
  own.server ??= new P.MockPusherServer({ cluster: "mock-cluster" });
  return (await own.server.trigger("presence-room", "hello", given)).status;
`;

type AtEnd = Parameters<typeof project>[0];

async function three(onTestFinished: AtEnd): Promise<{ owner: Member; others: [Member, Member]; port: number }> {
  const { member, port } = await project(onTestFinished);
  const [owner, one, two] = [member(), member(), member()];
  // All at once, as far as they do not need each other.
  await Promise.all([owner, one, two].map((each) => each.run(`void P`)));
  expect(await owner.run(ATTACH)).toBe("owner");
  for (const other of [one, two]) expect(await other.run(ATTACH)).toBe("attached");
  return { owner, others: [one, two], port };
}

const roleOf = (member: Member): Promise<string> => member.run(`return own.gateway.role`);

describe("when its owner ends", () => {
  it.concurrent.for([
    ["is killed", (owner: Member) => owner.end("SIGKILL")],
    ["is told to end", (owner: Member) => owner.end("SIGTERM")],
    ["exits", (owner: Member) => owner.run(`process.exit(3)`).catch(() => {})],
    ["crashes", (owner: Member) => owner.run(`setImmediate(() => { throw new Error("crash"); })`).catch(() => {})],
    ["closes the gateway", (owner: Member) => owner.run(`await own.gateway.close()`)],
  ] as Array<[string, (owner: Member) => Promise<unknown>]>)(
    "is taken over by one of the attached when its owner %s",
    async ([, end], { onTestFinished }) => {
      const { owner, others, port } = await three(onTestFinished);
      const [one, two] = others;
      await one.run(SUBSCRIBE, { user: "ann" });
      await two.run(SUBSCRIBE, { user: "bob" });
      const ended = performance.now();
      await end(owner);
      const heir = await Promise.race(others.map(async (other) => (await other.says("has the gateway now"), other)));
      expect(performance.now() - ended).toBeLessThan(TAKEOVER_TIME);
      expect(heir.output).toMatch(
        new RegExp(
          `process ${owner.pid} \\(member.cjs\\) has ended; this process \\(member.cjs, ${heir.pid}\\) has the gateway now. History before`,
        ),
      );
      // Who triggers is answered by the new one.
      await two.run(`await P.channel("presence-room").members("ann", "bob")`);
      for (const [at, other] of others.entries()) expect(await other.run(TRIGGER, at)).toBe(200);
      for (const other of others) {
        await other.until(() => other.told.filter((told) => "hello" in (told as object)).length === 2);
      }
      expect((await Promise.all(others.map(roleOf))).toSorted()).toEqual(["attached", "owner"]);
      expect(heir.told).toContainEqual({ role: "owner" });
      const { gateway } = (await (await fetch(`http://127.0.0.1:${port}/pushrig/v1/state`)).json()) as {
        gateway: { pid: number; attached: Array<{ pid: number }> };
      };
      expect(gateway.pid).toBe(heir.pid);
      expect(gateway.attached.map(({ pid }) => pid)).toEqual([others.find((other) => other !== heir)?.pid]);
      const { entries } = (await (await fetch(`http://127.0.0.1:${port}/pushrig/v1/journal?kinds=notice`)).json()) as {
        entries: Array<{ text: string }>;
      };
      expect(entries.map(({ text }) => text)).toEqual([
        expect.stringContaining(`process ${owner.pid} (member.cjs) has ended`),
      ]);
    },
  );
});

describe("with what its owner had", () => {
  it.concurrent("goes on with the apps that its owner had, and their webhooks", async ({ onTestFinished }) => {
    const { member, port } = await project(onTestFinished);
    const [owner, other, receiver] = [member(), member(), member()];
    const url = await receiver.run<string>(
      `
    own.http = require("node:http").createServer((request, response) => { tell(request.headers["x-pusher-key"]); response.end(); }).listen(0, "127.0.0.1");
    await new Promise((resolve) => own.http.once("listening", resolve));
    return "http://127.0.0.1:" + own.http.address().port;
  `.replace("require", "process.getBuiltinModule"),
    );
    const apps = [{ id: "77", key: "second-key", secret: "second-secret", clientEvents: false, webhooks: url }];
    await owner.run(ATTACH, { apps, webhooks: url });
    await other.run(ATTACH);
    await owner.end("SIGKILL");
    await other.says("has the gateway now");
    const state = (await (await fetch(`http://127.0.0.1:${port}/pushrig/v1/state?app=77`)).json()) as {
      apps: unknown[];
    };
    expect(state.apps).toEqual([
      expect.objectContaining({ key: "mock-pusher-key" }),
      { id: "77", key: "second-key", cluster: "mock-cluster" },
    ]);
    const client = `
    const client = new P.MockPusherClient(given, { cluster: "mock-cluster" });
    await new Promise((resolve) => client.subscribe("room").bind("pusher:subscription_succeeded", resolve));
  `;
    await other.run(client, "second-key");
    await receiver.until(() => receiver.told.length === 1);
    await other.run(client, undefined);
    await receiver.until(() => receiver.told.length === 2);
    expect(receiver.told).toEqual(["second-key", "mock-pusher-key"]);
  });

  it.concurrent("is taken over also by a process that found no gateway at first", async ({ onTestFinished }) => {
    const { member } = await project(onTestFinished);
    const stranger = member();
    const [owner, late] = [member(), member({ PUSHRIG_ATTACH: "1" })];
    await stranger.run(`
    const http = process.getBuiltinModule("http");
    own.http = http.createServer((_request, response) => response.end("other")).listen(Number(process.env.PUSHRIG_PORT), "127.0.0.1");
    await new Promise((resolve) => own.http.once("listening", resolve));
  `);
    await expect(late.run(TRIGGER, 1)).rejects.toMatchObject({ cause: expect.stringContaining("another program") });
    await stranger.end("SIGKILL");
    expect(await owner.run(ATTACH)).toBe("owner");
    expect(await late.run(TRIGGER, 2)).toBe(200);
    await late.says("attached to the gateway of");
    await owner.end("SIGKILL");
    await late.says("has the gateway now");
    expect(await late.run(TRIGGER, 3)).toBe(200);
  });

  it.concurrent("is not taken over by a process that closes it meanwhile", async ({ onTestFinished }) => {
    const { member } = await project(onTestFinished);
    const [owner, other] = [member(), member()];
    await owner.run(ATTACH);
    await other.run(ATTACH);
    // What it asks first when its owner has ended is who else has the port.
    await other.run(`
    const http = process.getBuiltinModule("http");
    const { request } = http;
    http.request = (...given) => {
      http.request = request;
      void own.gateway.close();
      process.removeAllListeners("message");
      process.removeAllListeners("disconnect");
      process.disconnect();
      return request(...given);
    };
  `);
    await owner.end("SIGKILL");
    // A gateway that it has would keep it.
    expect(await other.ended).toBe(0);
    expect(other.output).not.toContain("has the gateway now");
  });
});

describe("whose owner is there", () => {
  it.concurrent(
    "is left alone while its owner is suspended: callers are told, and all goes on afterwards",
    async ({ onTestFinished }) => {
      const { owner, others } = await three(onTestFinished);
      const [one] = others;
      await one.run(SUBSCRIBE, { user: "ann" });
      owner.signal("SIGSTOP");
      const triggered = one.run(TRIGGER, "late");
      await one.says(`process ${owner.pid} (member.cjs) does not answer (stopped?)`);
      expect(await Promise.all(others.map(roleOf))).toEqual(["attached", "attached"]);
      owner.signal("SIGCONT");
      expect(await triggered).toBe(200);
      await one.until(() => one.told.length > 0);
      expect(one.told).toEqual([{ hello: "late" }]);
      expect(await roleOf(owner)).toBe("owner");
    },
  );

  it.concurrent(
    "has those wait for a suspended owner who come while it is, and tells them",
    async ({ onTestFinished }) => {
      const { member } = await project(onTestFinished);
      const [owner, one, worker] = [member(), member(), member({ PUSHRIG_ATTACH: "1" })];
      await owner.run(ATTACH);
      // What is under test begins in processes that are there.
      await Promise.all([one, worker].map((other) => other.run(`void P`)));
      owner.signal("SIGSTOP");
      const role = one.run(ATTACH);
      const triggered = worker.run(TRIGGER, "late");
      for (const other of [one, worker]) await other.says(`pushrig: process ${owner.pid} does not answer (stopped?)`);
      owner.signal("SIGCONT");
      expect(await role).toBe("attached");
      expect(await triggered).toBe(200);
    },
  );

  it.runIf(isLong).concurrent(
    "has those fail after ten seconds who come while its owner is suspended, with why",
    async ({ onTestFinished }) => {
      const { member, port } = await project(onTestFinished);
      const [owner, one] = [member(), member()];
      await owner.run(ATTACH);
      await one.run(`void P`);
      owner.signal("SIGSTOP");
      const begun = performance.now();
      await expect(one.run(ATTACH)).rejects.toThrow(
        `process ${owner.pid} does not answer (stopped?): it has 127.0.0.1:${port}, and all goes on when it does`,
      );
      expect(performance.now() - begun).toBeGreaterThan(9_900);
    },
  );

  it.concurrent("is not taken over while its owner listens anew", async ({ onTestFinished }) => {
    const { owner, others, port } = await three(onTestFinished);
    for (let count = 0; count < 5; count += 1) await owner.run(`await own.gateway.restart()`);
    await others[0].run(`await own.gateway.restart()`);
    await others[0].run(`await P.idle()`);
    expect(await Promise.all([owner, ...others].map(roleOf))).toEqual(["owner", "attached", "attached"]);
    const { gateway } = (await (await fetch(`http://127.0.0.1:${port}/pushrig/v1/state`)).json()) as {
      gateway: { pid: number };
    };
    expect(gateway.pid).toBe(owner.pid);
  });
});

describe("on other names of this machine", () => {
  it.concurrent.for(["0.0.0.0", "::1", "::"])(
    "has one owner also where that is on %s",
    async (host, { onTestFinished }) => {
      const { member } = await project(onTestFinished);
      const [owner, ...others] = [member(), member(), member()];
      expect(await owner.run(ATTACH, { host })).toBe("owner");
      for (const other of others) expect(await other.run(ATTACH)).toBe("attached");
      await owner.end("SIGKILL");
      await Promise.race(others.map((other) => other.says("has the gateway now")));
      await others[0].run(`await P.idle()`);
      await others[1].run(`await P.idle()`);
      expect((await Promise.all(others.map(roleOf))).toSorted()).toEqual(["attached", "owner"]);
    },
  );

  it.concurrent(
    "is not taken over beside a gateway of the project that has the port by another name",
    async ({ onTestFinished }) => {
      const { member, port } = await project(onTestFinished);
      const [owner, attached, beside] = [member(), member(), member()];
      await owner.run(ATTACH);
      expect(await attached.run(ATTACH, { host: "::1" })).toBe("attached");
      await beside.run(`await P.listen({ host: "::1", port: given })`, port);
      await owner.end("SIGKILL");
      await attached.says(`attached to the gateway of process ${beside.pid}`);
      expect(await roleOf(attached)).toBe("attached");
    },
  );

  it.concurrent(
    "has one owner where several names of this machine are bound at the same moment",
    async ({ onTestFinished }) => {
      const { member } = await project(onTestFinished);
      const members = ["127.0.0.1", "::1", "127.0.0.1", "::1"].map((host) => ({ host, one: member() }));
      await Promise.all(members.map(({ one }) => one.run(`P.configure({})`)));
      await Promise.all(members.map(({ host, one }) => one.run(ATTACH, { host })));
      const roles = await Promise.all(members.map(({ one }) => roleOf(one)));
      expect(roles.toSorted()).toEqual(["attached", "attached", "attached", "owner"]);
    },
  );
});
