// What the document says of a route decides what is expected of it.
/* oxlint-disable vitest/no-conditional-expect, vitest/valid-expect */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { expect, it, onTestFinished, vi } from "vitest";
import { open, type Answered, type World } from "./world.js";

interface Operation {
  responses: Record<string, { content: Record<string, { schema: object }> }>;
}

interface Document {
  openapi: string;
  components: { schemas: Record<string, object> };
  paths: Record<string, Record<string, Operation>>;
}

async function described(
  world: World,
): Promise<{ document: Document; check: (path: string, answered: Answered, method: string) => void }> {
  const document = (await world.ask("GET", "/pushrig/openapi.json")).json as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: "doc:", components: document.components });
  const check = (path: string, { status, json, text }: Answered, method: string): void => {
    const response = document.paths[path][method.toLowerCase()].responses[status];
    expect(response, `${method} ${path} answers ${status}, which is not described: ${text}`).toBeDefined();
    const schema = JSON.parse(
      JSON.stringify(response.content["application/json"].schema).replaceAll('"#/', '"doc:#/'),
    ) as object;
    const isSo = ajv.validate(schema, json);
    expect(isSo, `${method} ${path}: ${ajv.errorsText()} in ${text}`).toBe(true);
  };
  return { document, check };
}

const BASE = "/pushrig/v1/";

/** For each route something that it can answer. */
const QUESTIONS: Record<string, [query: string, body?: object]> = {
  "GET state": [""],
  "GET journal": ["?limit=5"],
  "GET why": ["?event=x&channel=task-1"],
  "POST why": ["", { event: "x", channel: "task-1", client: "ada" }],
  "POST wait": ["", { for: "triggered", channel: "task-1", event: "x" }],
  "POST mark": [""],
  "POST trigger": ["", { channel: "task-1", event: "x", data: { n: 1 } }],
  "POST batch": ["", { events: [{ channel: "task-1", event: "x", data: 1 }] }],
  "GET network": [""],
  "POST network": ["", { do: "lose", channel: "nowhere", times: 1 }],
  "POST advance": ["", { by: "3s" }],
  "POST reset": [""],
  "GET webhooks": [""],
  "POST attach": ["", { id: "another", pid: 4711, name: "worker.js" }],
  "POST authorize": ["", { socketId: "1.2", channel: "private-room" }],
  "POST apps": ["", { id: "further" }],
  "POST apps/{id}/close": [""],
  "POST restart": [""],
};

it("answers every route as the document says, and nothing that it does not", async () => {
  const world = await open({ webhooks: () => {} });
  const { app, ask, remote } = world;
  const { document, check } = await described(world);
  app.client({ name: "ada", user: { id: "u1" } }).subscribe("presence-room");
  await app.server.trigger("task-1", "x", { n: 1 });
  const { id } = await remote.sentWebhook("channel_occupied");
  const asked: string[] = [];
  for (const [path, operations] of Object.entries(document.paths)) {
    const route = path.slice(BASE.length);
    const address = path.replace("{id}", route.startsWith("apps/") ? "further" : String(id));
    for (const method of ["GET", "POST"]) {
      const isThere = method.toLowerCase() in operations;
      // Written by the gateway itself.
      if (route === "events") continue;
      const [query, body] = QUESTIONS[`${method} ${route}`] ?? [""];
      // At the end, as what comes behind it would be refused.
      if (isThere && (route === "reset" || route === "restart")) continue;
      const answered = await ask(method, address + query, JSON.stringify(body ?? {}));
      if (isThere) {
        expect(answered.status, `${method} ${address}: ${answered.text}`).toBe(200);
        check(path, answered, method);
        asked.push(`${method} ${route}`);
      } else {
        expect([answered.status, answered.headers.allow]).toEqual([
          405,
          Object.keys(operations).join(", ").toUpperCase(),
        ]);
      }
    }
  }
  const { routes: listed } = (await ask("GET", "/pushrig")).json as {
    routes: Array<{ method: string; path: string }>;
  };
  for (const route of ["reset", "restart"]) {
    check(BASE + route, await ask("POST", BASE + route), "POST");
    asked.push(`POST ${route}`);
  }
  expect(asked.toSorted()).toEqual([...Object.keys(QUESTIONS), "POST webhooks/{id}/send"].toSorted());
  expect(listed.map(({ method, path }) => `${method} ${path.slice(BASE.length)}`).toSorted()).toEqual(
    [...asked, "GET events"].toSorted(),
  );
  expect(document.openapi).toBe("3.1.0");
});

it("answers every route to curl", async () => {
  const world = await open({ webhooks: () => {} });
  const { app, gateway, remote } = world;
  app.client({ name: "ada" }).subscribe("task-1");
  await app.server.trigger("task-1", "x", { n: 1 });
  const { id } = await remote.sentWebhook("channel_occupied");
  const { startedAt } = (await remote.state()).gateway;
  const curl = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)("curl", ["-s", "-w", " %{http_code}", ...words])).stdout;
  const questions: Array<[string, [query: string, body?: object]]> = [
    // A reset forgets it.
    [`POST webhooks/${id}/send`, [""]],
    ...Object.entries(QUESTIONS),
  ];
  for (const [route, [query, body]] of questions) {
    const [method, path] = route.replace("{id}", "further").split(" ");
    const sent = method === "POST" ? ["-d", JSON.stringify(body ?? {})] : [];
    const said = await curl(...sent, `${gateway.url}${BASE}${path}${query}`);
    expect(said, route).toMatch(/^\{.*\}\n 200$/s);
  }
  const isBack = async (): Promise<void> => expect((await remote.state()).gateway.startedAt).toBeGreaterThan(startedAt);
  await vi.waitFor(isBack, { timeout: 20_000 });
  await app.server.trigger("task-1", "x", { n: 2 });
  const followed = await new Promise<string>((resolve, reject) => {
    const child = execFile("curl", ["-sN", `${gateway.url}${BASE}events?after=0`]);
    let text = "";
    child.on("error", reject).stdout?.on("data", (piece: string) => {
      text += piece;
      if (!text.includes("event: entry")) return;
      child.kill();
      resolve(text);
    });
  });
  expect(followed).toContain("event: entry");
});

it("says in the document that an event has data, which a server's may not be without, as at the service", async () => {
  const { ask, post } = await open();
  const { components, paths } = (await ask("GET", "/pushrig/openapi.json")).json as Record<string, any>;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: "doc:", components });
  for (const [route, body] of [
    ["trigger", { channel: "task-1", event: "x" }],
    ["trigger", { to: "ada", event: "x" }],
    ["batch", { events: [{ channel: "task-1", event: "x" }] }],
  ] as Array<[string, object]>) {
    const { schema } = paths[BASE + route].post.requestBody.content["application/json"];
    const isDescribed = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc:#/')) as object);
    expect([route, isDescribed(body)]).toEqual([route, false]);
    const { status, json } = await post(route, body);
    expect([status, json]).toEqual([400, { error: { code: "rejected", message: "Missing required parameter: data" } }]);
    const withData =
      "events" in body ? { events: [{ channel: "task-1", event: "x", data: null }] } : { ...body, data: null };
    expect([route, isDescribed(withData), (await post(route, withData)).status]).toEqual([route, true, 200]);
  }
  const { schema } = paths[`${BASE}trigger`].post.requestBody.content["application/json"];
  const isDescribed = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc:#/')) as object);
  expect(isDescribed({ channel: "private-a", event: "client-x", as: { client: "ada" } })).toBe(true);
});

it("says what is wrong with a request, and what would be right", async () => {
  const { ask, get, post } = await open();
  const refused = async (answer: Promise<Answered>): Promise<unknown> => {
    const { status, json } = await answer;
    return [status, json.error.code, json.error.message];
  };
  expect(await refused(get("stat"))).toEqual([
    404,
    "unknown-route",
    expect.stringContaining('"stat"; did you mean "state"?'),
  ]);
  expect(await refused(ask("GET", "/pushrig/v2/state"))).toEqual([
    404,
    "unknown-version",
    expect.stringContaining("v2"),
  ]);
  expect(await refused(get("wait"))).toEqual([405, "wrong-method", "pushrig: /pushrig/v1/wait takes POST, not GET"]);
  const put = ask("PUT", "/pushrig/v1/trigger", "{}");
  expect((await put).headers.allow).toBe("POST");
  expect(await refused(put)).toEqual([405, "wrong-method", "pushrig: /pushrig/v1/trigger takes POST, not PUT"]);
  expect(await refused(ask("DELETE", "/pushrig/v1/stat"))).toEqual([404, "unknown-route", expect.any(String)]);
  expect(await refused(post("wait", "{for"))).toEqual([
    400,
    "bad-request",
    expect.stringContaining("is JSON, which this is not"),
  ]);
  expect(await refused(post("wait", { for: "triggerd" }))).toEqual([
    400,
    "bad-request",
    expect.stringContaining('did you mean "triggered"?'),
  ]);
  expect(await refused(post("wait", { for: "idle", channel: "task-1" }))).toEqual([
    400,
    "bad-request",
    expect.stringContaining('has no field "channel"'),
  ]);
  expect(await refused(post("trigger", { chanel: "task-1" }))).toEqual([
    400,
    "bad-request",
    expect.stringContaining('has no field "chanel"; did you mean "channel"?'),
  ]);
  // What the commands, the SDK and the tools of agents call them.
  for (const [other, field] of Object.entries({
    except: "socketId",
    socket_id: "socketId",
    as_client: "as",
    toUser: "to",
  }))
    expect(await refused(post("trigger", { channel: "task-1", event: "x", data: {}, [other]: "1.1" }))).toEqual([
      400,
      "bad-request",
      expect.stringContaining(`has no field "${other}"; did you mean "${field}"?`),
    ]);
  expect(await refused(post("network", { do: "lose", times: 0 }))).toEqual([
    400,
    "bad-request",
    expect.stringContaining("the option times of lose() is a whole number from 1"),
  ]);
  expect(await refused(get("event"))).toEqual([
    404,
    "unknown-route",
    expect.stringContaining('did you mean "events"?'),
  ]);
  expect(await refused(post("wait", "[]"))).toEqual([
    400,
    "bad-request",
    "pushrig: the body of POST wait is an object in JSON, not a list",
  ]);
  for (const body of [
    { do: "release", id: 99 },
    { do: "restore", id: 99 },
  ])
    expect(await refused(post("network", body))).toEqual([
      404,
      "unknown-fault",
      "pushrig: no fault 99 is on; none is on",
    ]);
  expect(await refused(post("apps/nobody/close"))).toEqual([
    404,
    "unknown-app",
    'pushrig: only what POST apps has made is closed by route, and that made no app "nobody"; there is none',
  ]);
  expect(await refused(post("advance", { by: "soon" }))).toEqual([
    400,
    "bad-request",
    expect.stringContaining('such as "2m"'),
  ]);
  expect(await refused(get("journal?kinds=subscribed,trigered"))).toEqual([
    400,
    "bad-request",
    expect.stringContaining(
      'the parameter kinds of GET journal names no kind "trigered"; did you mean "triggered"? The kinds are connected,',
    ),
  ]);
  expect(await refused(get("journal?limit=few"))).toEqual([
    400,
    "bad-request",
    expect.stringContaining("whole number"),
  ]);
  const deep = `{"channel":"task-1","event":"x","data":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  expect(await refused(post("trigger", deep))).toEqual([
    400,
    "bad-request",
    expect.stringContaining("at most 100 deep"),
  ]);
});

it("does nothing at any route for a body that is none of its own", async () => {
  const world = await open({ webhooks: () => {} });
  const { document, check } = await described(world);
  world.app.client({ name: "ada" }).subscribe("task-1");
  const { id } = await world.remote.sentWebhook("channel_occupied");
  const now = async (): Promise<object> => {
    const { gateway, apps, faults, start } = await world.remote.state();
    const { entries } = await world.remote.journal();
    const [webhook] = await world.remote.webhooks();
    return { gateway, apps, faults, start, webhook, entries: entries.filter(({ kind }) => kind !== "request") };
  };
  const before = await now();
  const deep = `{"data":${"[".repeat(500)}${"]".repeat(500)}}`;
  const bodies = [
    "{",
    "[]",
    "[{}]",
    "null",
    "1",
    '"{}"',
    "{}{}",
    "\0",
    '{"nonsense":1}',
    '{"__proto__":{"a":1}}',
    '{"constructor":1}',
  ];
  const posts = Object.entries(document.paths).filter(([, operations]) => "post" in operations);
  expect(posts.length).toBeGreaterThan(9);
  for (const [path] of posts) {
    const address = path.replace("{id}", path.includes("webhooks") ? String(id) : world.app.app.id);
    const asked = [...bodies, deep].map(async (body) => {
      const answered = await world.ask("POST", address, body);
      expect([answered.status, answered.json?.error?.code], `${path} ${body}: ${answered.text}`).toEqual([
        400,
        "bad-request",
      ]);
      check(path, answered, "POST");
    });
    await Promise.all(asked);
  }
  expect(await now()).toEqual(before);
});

it.each<[fields: object, why: string]>([
  [{}, "the field socketId of POST authorize is a string that is not empty, not undefined"],
  [{ socketId: 12 }, "the field socketId of POST authorize is a string that is not empty, not 12"],
  [{ socketId: "1.2", channel: 7 }, "the field channel of POST authorize is a string that is not empty, not 7"],
])("says to no endpoint that has asked %j whether it refuses", async (fields, why) => {
  const { post } = await open();
  const { status, json } = await post("authorize", fields);
  expect([status, json.error.code, json.error.message]).toEqual([400, "bad-request", expect.stringContaining(why)]);
});

it.each<[fields: object, why: string]>([
  [{}, "the field id of POST attach is a string that is not empty, not undefined"],
  [{ id: "one" }, "the field name of POST attach is a string that is not empty, not undefined"],
  [{ id: "one", name: "worker.js" }, "the field pid of POST attach is a whole number from 1"],
  [{ id: "one", name: "worker.js", pid: 1, after: "now" }, "the field after of POST attach is a whole number from 0"],
  [{ id: "one", name: "worker.js", pid: 1, credentials: [7] }, "is a list of keys and secrets, not 7"],
  [
    { id: "one", name: "worker.js", pid: 1, credentials: [{ key: "k" }] },
    "the field credentials[].secret of POST attach",
  ],
  [{ id: "one", name: "worker.js", pid: 1, receivers: {} }, "is a list of receivers of webhooks, not {}"],
  [{ id: "one", name: "worker.js", pid: 1, receivers: [{ to: "mail" }] }, 'not to "mail"'],
])("attaches no process that says %j", async (fields, why) => {
  const world = await open();
  const { status, json } = await world.ask("POST", `${BASE}attach`, JSON.stringify(fields));
  expect([status, json.error.code, json.error.message]).toEqual([400, "bad-request", expect.stringContaining(why)]);
  expect((await world.ask("GET", `${BASE}state`)).json.gateway.attached).toEqual([]);
});

it("never fails inside, whatever it is sent", async () => {
  const world = await open();
  const { document, check } = await described(world);
  const problems: unknown[] = [];
  const note = (error: unknown): unknown => problems.push(error);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  world.app.client({ name: "ada" }).subscribe("task-1");
  const paths = Object.keys(document.paths).filter((path) => !/events$|restart$/.test(path));
  const names = [
    "for",
    "channel",
    "event",
    "data",
    "as",
    "by",
    "do",
    "id",
    "client",
    "times",
    "timeout",
    "since",
    "ids",
    "ms",
    "to",
  ];
  const words = [
    "task-1",
    "ada",
    "subscribed",
    "triggered",
    "received",
    "members",
    "idle",
    "webhook",
    "x",
    "lose",
    "hold",
    "restore",
  ];
  const value = fc.oneof(fc.constantFrom<unknown>(...words), fc.constantFrom<unknown>(0, 1, -1, 1e20), fc.jsonValue());
  const body = fc.oneof(
    fc.dictionary(fc.constantFrom(...names), value).map((fields) => JSON.stringify({ timeout: 1, ...fields })),
    fc.json(),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.constantFrom("GET", "POST"), body, async (path, method, text) => {
      // What waits long, waits for nothing here.
      const sent = text.replace(/"timeout":[^,}]+/, '"timeout":1');
      const answered = await world.ask(method, path.replace("{id}", "1"), method === "GET" ? undefined : sent);
      expect(answered.json, answered.text).toBeTypeOf("object");
      expect(answered.json.error?.code, answered.text).not.toBe("failed");
      if (method.toLowerCase() in document.paths[path]) check(path, answered, method);
      else expect(answered.status).toBe(405);
    }),
    { numRuns: Number(process.env.PUSHRIG_LONG ?? 300) },
  );
  expect(problems).toEqual([]);
});

it("tells no secret in any answer, nor in what is said or told of meanwhile", async () => {
  const said = vi.spyOn(console, "warn").mockImplementation(() => {});
  const onActivity = vi.fn();
  const secrets = ["app-secret-91", "second-secret-92", "gateway-token-93", "receiver-password-94", "header-secret-95"];
  const [secret, second, token, password, header] = secrets;
  const to = { to: `http://user:${password}@127.0.0.1:9/hook?key=${password}`, headers: { authorization: header } };
  const apps = [{ id: "2", key: "k2", secret: second }];
  const world = await open({ secret }, { apps, token, onActivity, webhooks: [to, () => {}] });
  const { document } = await described(world);
  world.app.client({ name: "ada" }).subscribe("task-1");
  const { id } = await world.remote.sentWebhook("channel_occupied");
  const texts = [(await world.ask("GET", "/pushrig/openapi.json")).text, (await world.ask("GET", "/pushrig")).text];
  for (const [path, operations] of Object.entries(document.paths)) {
    if (/events$|restart$/.test(path)) continue;
    for (const method of Object.keys(operations)) {
      const [query = "", body] = QUESTIONS[`${method.toUpperCase()} ${path.slice(BASE.length)}`] ?? [];
      for (const app of ["", "k2"]) {
        const address = path.replace("{id}", String(id)) + query;
        const which = app === "" ? "" : `${query === "" ? "?" : "&"}app=${app}`;
        texts.push((await world.ask(method.toUpperCase(), address + which, JSON.stringify(body ?? {}))).text);
      }
    }
  }
  texts.push(JSON.stringify(said.mock.calls), JSON.stringify(onActivity.mock.calls));
  expect(texts.at(-2)).toContain("127.0.0.1:9/hook?… came to nothing");
  expect(texts.at(-1)).toContain("127.0.0.1:9/hook?…");
  for (const one of secrets) expect(texts.filter((text) => text.includes(one))).toEqual([]);
});
