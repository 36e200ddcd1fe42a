import { expect, it } from "vitest";
import { claimTo } from "../../lib/base/request-app.js";
import { Remote } from "../../lib/remote/remote.js";
import { freePort } from "../../scripts/free-port.mjs";
import { run } from "../support/child";
import { type Member, project } from "../support/member";

it("has servers act on the app that the request claims, and on the default app where it claims none that is its own", async () => {
  const { code, stdout, stderr } = await run("requests.cjs", import.meta.url, { args: [String(await freePort())] });

  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { answers, ada, grace, standard } = JSON.parse(stdout.trim().split("\n").at(-1) as string);
  const many = (name: string) => Array.from({ length: 10 }, () => name);
  expect(ada).toEqual(["claimed", "in-a-batch", "by-cookie", "onwards", ...many("ada"), "kept-alive-claimed"]);
  expect(grace).toEqual(many("grace"));
  const refused = ["wrong-secret", "unknown-app", "default-app", "nonsense"];
  expect(standard).toEqual(["kept-alive-plain", ...refused, "in-a-job", "in-a-job"]);
  expect(answers.trigger.heard).toBe("ada-key");
  expect(answers.plain.heard).toBeUndefined();
  expect(answers.auth.body.auth).toMatch(/^ada-key:/);
  expect(stderr.match(/has acted outside of a request/g)).toHaveLength(1);

  // What network().failAuthorization() wants refused, the application's own endpoint refuses, and nobody else.
  const refusal = { heard: "ada-key", status: 401, body: "not you\n" };
  expect(answers.refused).toEqual([refusal, { ...refusal, origin: "http://a.test" }]);
  expect(answers.early.status).toBe(401);
  expect(answers.others.map(({ status }: { status: number }) => status)).toEqual([200, 200, 200]);
  const usual = { status: 403, body: "pushrig: network().failAuthorization() has refused this\n" };
  expect([answers.signIn, answers.standard]).toMatchObject([usual, usual]);
});

/** An application with `pushrig/next`. Answers its address. */
const APPLICATION = `
  await require("./dist/next.js").register();
  const server = new P.MockPusherServer({ appId: "1", key: "own-key", secret: "own-secret", cluster: "eu" });
  const routes = {
    "/trigger": (name) => server.trigger("room", name, {}),
    "/batch": (name) => server.triggerBatch([{ channel: "room", name, data: {} }]),
    "/channels": async () => (await server.get({ path: "/channels" })).json(),
    "/auth": async () => server.authorizeChannel("1.2", "private-room"),
    "/auth-of-many": async () => ["private-room", "private-other"].map((name) => server.authorizeChannel("1.2", name)),
    "/sign-in": async () => server.authenticateUser("1.2", { id: "ada" }),
  };
  const application = require("node:http").createServer(async (incoming, response) => {
    const { pathname, search } = new URL(incoming.url, "http://x");
    const answer = await routes[pathname](search.slice(1));
    response.end(JSON.stringify(answer));
  });
  application.listen(0, "127.0.0.1");
  await require("node:events").once(application, "listening");
  return "http://127.0.0.1:" + application.address().port;
`;

/** An app of a worker of tests, as `pushrig/playwright` makes it. */
async function appAt(gateway: Remote, id: string) {
  const secret = `${id}-secret`;
  const { url } = await gateway.addApp({ id, key: id, secret });
  const events = async (): Promise<unknown[]> =>
    (await new Remote(url).journal({ kinds: ["triggered"] })).entries.map(({ event }) => event);
  return { headers: { "x-pushrig-app": claimTo(id, secret) }, events, network: new Remote(url).network };
}

it("has servers of a process that is attached act on the app that the request claims at the owner's gateway", async () => {
  const { member, port } = await project();
  const worker = member({ USE_MOCKS: "true", PUSHRIG_ATTACH: "1" });
  const publish = (one: Member): Promise<number> =>
    one.run(`return (await new P.MockPusherServer({ cluster: "eu" }).trigger("room", "by-the-worker", {})).status`);
  expect(await publish(worker)).toBe(200);
  const gateway = new Remote(`http://127.0.0.1:${port}`);
  const before = await appAt(gateway, "before");
  const application = member({ USE_MOCKS: "true" });
  const address = await application.run<string>(APPLICATION);
  expect(application.output).toContain("attached to the gateway of process");
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(address + path, { headers });
    return { heard: response.headers.get("x-pushrig-app"), body: JSON.stringify(await response.json()) };
  };

  for (const app of [before, await appAt(gateway, "after")]) {
    const [key] = app.headers["x-pushrig-app"].split(".");
    expect((await ask("/trigger?claimed", app.headers)).heard).toBe(key);
    await ask("/batch?in-a-batch", app.headers);
    expect(await app.events()).toEqual(["claimed", "in-a-batch"]);
    expect((await ask("/channels", app.headers)).body).toBe('{"channels":{}}');
    expect((await ask("/auth", app.headers)).body).toContain(`"auth":"${key}:`);
  }
  expect((await ask("/trigger?plain")).heard).toBeNull();
  await ask("/trigger?guessed", { "x-pushrig-app": claimTo("after", "guessed") });
  expect((await ask("/trigger?unknown", { "x-pushrig-app": claimTo("nobody", "x") })).heard).toBeNull();
  const { entries } = await gateway.journal({ kinds: ["triggered"] });
  expect(entries.map(({ event }) => event)).toEqual(["by-the-worker", "plain", "guessed", "unknown"]);

  // It has the gateway now, and its own apps.
  await worker.end("SIGKILL");
  await application.says("has the gateway now");
  const own = await appAt(gateway, "own");
  expect((await ask("/trigger?taken-over", own.headers)).heard).toBe("own");
  expect(await own.events()).toEqual(["taken-over"]);
});

it("has the endpoint of an attached process refuse what a test wants refused at the owner's gateway, and nothing else", async () => {
  const { member, port } = await project();
  await member().run(`await P.listen({ attach: true })`);
  const gateway = new Remote(`http://127.0.0.1:${port}`);
  const [ada, grace] = [await appAt(gateway, "ada"), await appAt(gateway, "grace")];
  const address = await member({ USE_MOCKS: "true" }).run<string>(APPLICATION);
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(address + path, { headers });
    return [response.status, await response.text()];
  };
  const signed = [200, expect.stringContaining('"auth":')];

  await ada.network.failAuthorization({ channel: "private-*", status: 401, message: "not you", times: 1 });
  expect(await ask("/auth", grace.headers)).toEqual(signed);
  expect(await ask("/auth")).toEqual(signed);
  expect(await ask("/auth", ada.headers)).toEqual([401, "not you\n"]);
  expect(await ask("/auth", ada.headers)).toEqual(signed);
  // Of several that are signed for one answer, one is enough.
  await ada.network.failAuthorization({ channel: "private-other" });
  const usual = [403, "pushrig: network().failAuthorization() has refused this\n"];
  expect(await ask("/auth-of-many", ada.headers)).toEqual(usual);
  expect(await ask("/auth", ada.headers)).toEqual(signed);
  await ada.network.failAuthorization({ channel: "user" });
  expect(await ask("/sign-in", ada.headers)).toEqual(usual);
  expect(await ask("/sign-in")).toEqual(signed);
  await gateway.network.failAuthorization();
  expect(await ask("/auth")).toEqual(usual);
  const { entries } = await gateway.journal({ kinds: ["refused"] });
  expect(entries).toMatchObject([{ channel: "private-room", code: 403 }]);
});

it("has servers act on the app that the request claims at the gateway that PUSHRIG_URL names", async () => {
  const { member, port } = await project();
  await member().run(`await P.listen({ port: ${port} })`);
  const gateway = new Remote(`http://127.0.0.1:${port}`);
  const ada = await appAt(gateway, "ada");
  // Of another project, as an application in a container is.
  const env = { USE_MOCKS: "true", PUSHRIG_URL: gateway.url, PUSHRIG_PROJECT: "/", PUSHRIG_PORT: "" };
  const address = await member(env).run<string>(APPLICATION);
  const ask = (path: string) => fetch(address + path, { headers: ada.headers });

  const auth = await ask("/auth");
  expect([auth.headers.get("x-pushrig-app"), await auth.text()]).toEqual([
    "ada",
    expect.stringMatching(/"auth":"ada:/),
  ]);
  await ask("/trigger?claimed");
  expect(await ada.events()).toEqual(["claimed"]);
  // One that is made later, too.
  const grace = await appAt(gateway, "grace");
  await fetch(`${address}/trigger?claimed-later`, { headers: grace.headers });
  expect([await ada.events(), await grace.events()]).toEqual([["claimed"], ["claimed-later"]]);
});
