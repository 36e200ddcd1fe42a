/* oxlint-disable unicorn/prefer-add-event-listener -- pusher-js's own XMLHttpRequest is driven like this */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { URL as NodeUrl } from "node:url";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { MockPusherClientOptions } from "../../../lib/options/client.js";
import PusherJs from "pusher-js";
import { MockPusherClient } from "../../../lib/client/client.js";
import { HTTPAuthError } from "../../../lib/client/errors.js";
import { Token } from "../../../lib/base/token.js";
import { realClient } from "../../support/real-client.js";
import { ScriptedRig, settle } from "../../support/scripted-rig.js";

vi.mock("../../../lib/native/addon.js", () => import("../../support/no-addon.js"));

interface Received {
  method?: string;
  url?: string;
  headers: http.IncomingHttpHeaders;
  /** The headers' names as they came. */
  spelled: string[];
  body: string;
}

/** The application's server. */
let server: http.Server;
let origin: string;
let received: Received[];
let respond: (response: http.ServerResponse, request: Received) => void;

beforeEach(async () => {
  received = [];
  respond = (response) => response.end(JSON.stringify({ auth: "app-key:signed" }));
  server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const { method, url, headers, rawHeaders } = request;
      received.push({ method, url, headers, spelled: rawHeaders.filter((_, at) => at % 2 === 0), body });
      respond(response, received.at(-1)!);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  vi.restoreAllMocks();
  server.close();
  server.closeAllConnections();
});

type Outcome = { error: any; data: any };

/** What a client's channel authorizer calls back with. */
function authorize(options: Partial<MockPusherClientOptions>, make = mock): Promise<Outcome> {
  const { channelAuthorizer } = make(options).config;
  return new Promise((resolve) => {
    channelAuthorizer({ channelName: "private-ä", socketId: "1.1" }, (error, data) => resolve({ error, data }));
  });
}

function authenticate(options: Partial<MockPusherClientOptions>, make = mock): Promise<Outcome> {
  const { userAuthenticator } = make(options).config;
  return new Promise((resolve) => {
    userAuthenticator({ socketId: "1.1" }, (error, data) => resolve({ error, data }));
  });
}

const mock = (options: Partial<MockPusherClientOptions>) => new ScriptedRig().client(options);
const real = (options: object) => realClient(options).client as unknown as ReturnType<typeof mock>;

/** Asks with the mock and with pusher-js: the same request, the same outcome. */
async function same(
  ask: typeof authorize,
  options: (origin: string) => Partial<MockPusherClientOptions>,
): Promise<{ outcome: Outcome; request: Received }> {
  const expected = await ask(options(origin), real);
  const outcome = await ask(options(origin), mock);
  const [theirs, ours] = received.splice(0) as [Received, Received];
  expect(outcome.data).toEqual(expected.data);
  expect(outcome.error?.message).toBe(expected.error?.message);
  expect(outcome.error?.status).toBe(expected.error?.status);
  expect(ours?.body).toBe(theirs?.body);
  expect(ours?.method).toBe(theirs?.method);
  const spelling = (request: Received | undefined, name: string) =>
    request?.spelled.find((one) => one.toLowerCase() === name);
  for (const name of ["accept", "content-type", "content-length", "x-static", "x-dynamic", "x-both"]) {
    expect(ours?.headers[name]).toBe(theirs?.headers[name]);
    expect(spelling(ours, name)).toBe(spelling(theirs, name));
  }
  return { outcome, request: ours };
}

describe("an endpoint over HTTP", () => {
  it("gets what pusher-js sends: parameters and headers, static and dynamic", async () => {
    const { request, outcome } = await same(authorize, (origin) => ({
      channelAuthorization: {
        transport: "ajax",
        endpoint: `${origin}/auth`,
        params: { a: "1 &", both: "static" },
        headers: { "X-Static": "s", "X-Both": "static" },
        paramsProvider: () => ({ both: "dynamic", ü: "é" }),
        headersProvider: () => ({ "X-Dynamic": "d", "x-both": "dynamic" }),
      },
    }));
    expect(request.url).toBe("/auth");
    expect(request.body).toBe(
      "socket_id=1.1&channel_name=private-%C3%A4&a=1%20%26&both=static&both=dynamic&%C3%BC=%C3%A9",
    );
    expect(request.headers["x-both"]).toBe("static, dynamic");
    expect(outcome.data).toEqual({ auth: "app-key:signed" });
  });

  it("is asked for users too", async () => {
    respond = (response) => response.end('{"auth":"app-key:signed","user_data":"{}"}');
    const { request } = await same(authenticate, (origin) => ({
      userAuthentication: { transport: "ajax", endpoint: `${origin}/user`, params: { a: 1 } },
    }));
    expect(request.body).toBe("socket_id=1.1&a=1");
  });

  it.each([201, 204, 400, 403, 404, 500])("that answers %i fails with pusher-js's text", async (status) => {
    respond = (response) => {
      response.statusCode = status;
      response.end();
    };
    const { outcome } = await same(authorize, (origin) => ({
      channelAuthorization: { transport: "ajax", endpoint: `${origin}/auth` },
    }));
    expect(outcome.error).toBeInstanceOf(HTTPAuthError);
    expect(outcome.error.status).toBe(status);
    await same(authenticate, (origin) => ({ userAuthentication: { transport: "ajax", endpoint: `${origin}/auth` } }));
  });

  it("that answers 200 without JSON fails with pusher-js's text", async () => {
    respond = (response) => response.end("<html>login</html>");
    const { outcome } = await same(authorize, (origin) => ({
      channelAuthorization: { transport: "ajax", endpoint: `${origin}/auth` },
    }));
    expect(outcome.error).toMatchObject({ status: 200, message: expect.stringContaining("<html>login</html>") });
  });

  it("that nobody listens at fails with status 0", async () => {
    const { outcome } = await same(authorize, () => ({
      channelAuthorization: { transport: "ajax", endpoint: "http://127.0.0.1:1/auth" },
    }));
    expect(outcome.error.status).toBe(0);
  });

  it("that redirects is followed", async () => {
    respond = (response, { url }) => {
      if (url === "/there") response.end('{"auth":"app-key:there"}');
      else response.writeHead(307, { location: "/there" }).end();
    };
    const { data } = await authorize({ channelAuthorization: { transport: "ajax", endpoint: `${origin}/auth` } });
    expect(data).toEqual({ auth: "app-key:there" });
    expect(received.at(-1)?.body).toContain("socket_id=1.1");
  });

  it("does not go through a fetch that a test has replaced", async () => {
    vi.stubGlobal("fetch", vi.fn());
    await authorize({ channelAuthorization: { transport: "ajax", endpoint: `${origin}/auth` } });
    expect(received).toHaveLength(1);
    expect(fetch).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
  });
});

describe("the legacy options", () => {
  it("name an endpoint, parameters and headers", async () => {
    const { request } = await same(authorize, (origin) => ({
      authEndpoint: `${origin}/legacy`,
      auth: { params: { p: "1" }, headers: { "X-Static": "s" } },
    }));
    expect(request.url).toBe("/legacy");
    expect(request.headers["x-static"]).toBe("s");
  });

  it("are ignored when channelAuthorization is there", async () => {
    const { request } = await same(authorize, (origin) => ({
      authEndpoint: "http://127.0.0.1:1/never",
      auth: { params: { p: "1" } },
      channelAuthorization: { transport: "ajax", endpoint: `${origin}/auth` },
    }));
    expect(request.body).not.toContain("p=1");
  });

  it("authorizer is asked for each authorization, with the channel", async () => {
    const authorizer = vi.fn((_channel: any, _options: any) => ({
      authorize: (socketId: string, callback: Function) => callback(null, { auth: `app-key:${socketId}` }),
    }));
    const rig = new ScriptedRig();
    const client = rig.client({ authorizer: authorizer as never, authEndpoint: "/legacy", auth: { params: { p: 1 } } });
    const channel = client.subscribe("private-a");
    client.unsubscribe("private-a");
    client.disconnect();
    client.connect();
    client.subscribe("private-b");
    expect(authorizer.mock.calls[0]).toEqual([
      channel,
      { authTransport: "ajax", authEndpoint: "/legacy", auth: { params: { p: 1 }, headers: undefined } },
    ]);
    expect(authorizer).toHaveBeenCalledTimes(2);
  });
});

describe("a handler of one's own", () => {
  it("is called with the channel and the socket, and is config's function itself", () => {
    const customHandler = vi.fn();
    const rig = new ScriptedRig();
    const client = rig.client({
      channelAuthorization: { customHandler },
      userAuthentication: { customHandler },
    });
    expect(client.config.channelAuthorizer).toBe(customHandler);
    expect(client.config.userAuthenticator).toBe(customHandler);
    client.subscribe("private-a");
    client.signin();
    expect(customHandler.mock.calls.map(([params]) => params)).toEqual([
      { channelName: "private-a", socketId: "1.1" },
      { socketId: "1.1" },
    ]);
  });

  it("that is null leaves the endpoint", async () => {
    await authorize({
      channelAuthorization: { customHandler: null, transport: "ajax", endpoint: `${origin}/auth` } as never,
    });
    expect(received).toHaveLength(1);
  });
});

describe("nothing configured", () => {
  const signature = (text: string) => `app-key:${new Token("app-key", "app-secret").sign(text)}`;

  it("signs with the app's secret", () => {
    const rig = new ScriptedRig();
    rig.client().subscribe("private-a");
    expect(rig.wire.sent).toEqual([
      { event: "pusher:subscribe", data: { auth: signature("1.1:private-a"), channel: "private-a" } },
    ]);
  });

  it("takes a presence member from option user, or names it after the connection", () => {
    const rig = new ScriptedRig();
    rig.client({ user: { id: 7, info: { name: "Ann" } } }).subscribe("presence-a");
    const channel_data = '{"user_id":7,"user_info":{"name":"Ann"}}';
    expect(rig.wire.sent[0].data).toEqual({
      auth: signature(`1.1:presence-a:${channel_data}`),
      channel_data,
      channel: "presence-a",
    });
    rig.client().subscribe("presence-a");
    expect(rig.wire.sent[0].data.channel_data).toBe('{"user_id":"mock-connection-2"}');
  });

  it("signs users in", () => {
    const rig = new ScriptedRig();
    rig.client({ user: { id: 7, info: { name: "Ann" }, watchlist: ["8"] } }).signin();
    const user_data = '{"id":"7","user_info":{"name":"Ann"},"watchlist":["8"]}';
    expect(rig.wire.sent[0]).toEqual({
      event: "pusher:signin",
      data: { auth: signature(`1.1::user::${user_data}`), user_data },
    });
  });

  it("takes the signed-in user for presence channels", () => {
    const rig = new ScriptedRig();
    const client = rig.client();
    client.signin();
    rig.wire.frame("pusher:signin_success", { user_data: '{"id":"u1","user_info":{"n":1}}' });
    client.subscribe("presence-a");
    expect(rig.wire.sent.at(-1).data.channel_data).toBe('{"user_id":"u1","user_info":{"n":1}}');
  });

  it("is what a relative endpoint counts as, which is said once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const rig = new ScriptedRig();
    const options = { channelAuthorization: { transport: "ajax", endpoint: "/api/once" } } as const;
    for (const name of ["private-a", "private-b"]) rig.client(options).subscribe(name);
    expect(rig.wires.map(({ sent }) => sent[0].event)).toEqual(["pusher:subscribe", "pusher:subscribe"]);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/"\/api\/once" is relative.*option authorize/s));
  });

  it("is said in the verbose log only", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    new ScriptedRig().client().subscribe("private-a");
    expect(log).not.toHaveBeenCalled();
    const rig = new ScriptedRig({ debug: true });
    Object.assign(rig.app, { id: "a-new-app" });
    rig.client().subscribe("private-a");
    rig.client().subscribe("private-b");
    expect(log).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("channel-authorization"));
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("on a page, as under jsdom", () => {
  /** A page has a class of its own, whose fields are the prototype's. */
  class PageUrl {
    static canParse = (url: string, base?: string) => URL.canParse(url, base);
    readonly #url: URL;
    constructor(url: string, base?: string) {
      this.#url = new NodeUrl(url, base);
    }
    get href() {
      return this.#url.href;
    }
    get protocol() {
      return this.#url.protocol;
    }
    get hostname() {
      return this.#url.hostname;
    }
    get port() {
      return this.#url.port;
    }
    get pathname() {
      return this.#url.pathname;
    }
    get search() {
      return this.#url.search;
    }
    get hash() {
      return this.#url.hash;
    }
    get username() {
      return "";
    }
    get password() {
      return "";
    }
  }

  const openPage = (href: string, cookie = "") => {
    const { origin } = new NodeUrl(href);
    vi.stubGlobal("URL", PageUrl);
    vi.stubGlobal("location", { href, origin });
    vi.stubGlobal("document", { baseURI: href, cookie });
  };

  afterEach(() => vi.unstubAllGlobals());

  it("a relative endpoint is resolved against it and asked, as by pusher-js", async () => {
    openPage(`${origin}/rooms/7`, "session=ann");
    const { data } = await authorize({ channelAuthorization: { transport: "ajax", endpoint: "../auth?x=1" } });
    expect(data).toEqual({ auth: "app-key:signed" });
    expect(received).toEqual([
      expect.objectContaining({
        method: "POST",
        url: "/auth?x=1",
        body: "socket_id=1.1&channel_name=private-%C3%A4",
        headers: expect.objectContaining({ origin, referer: `${origin}/rooms/7`, cookie: "session=ann" }),
      }),
    ]);
    const user = await authenticate({ userAuthentication: { transport: "ajax", endpoint: "/user" } });
    expect([user.data, received.at(-1)?.url]).toEqual([{ auth: "app-key:signed" }, "/user"]);
  });

  it("what that endpoint refuses fails with pusher-js's text, which names it as given", async () => {
    openPage(`${origin}/`);
    respond = (response) => {
      response.statusCode = 403;
      response.end();
    };
    const { error } = await authorize({ authEndpoint: "/auth" });
    expect(error).toMatchObject({ status: 403, message: expect.stringContaining("received status: 403 from /auth.") });
  });

  it("nothing of the page goes to another origin", async () => {
    openPage("http://localhost:1/", "session=ann");
    await authorize({ authEndpoint: `${origin}/auth` });
    expect(received[0]!.headers).not.toHaveProperty("cookie");
    expect(received[0]!.headers).not.toHaveProperty("origin");
  });

  it("the mock signs where nothing answers on it, and says so once", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    openPage("http://127.0.0.1:1/");
    for (let times = 2; times > 0; times -= 1) {
      const { data } = await authorize({ authEndpoint: "/deserted" });
      expect(data.auth).toMatch(/^app-key:[0-9a-f]{64}$/);
    }
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining(
        'endpoint "/deserted" is http://127.0.0.1:1/deserted on this page, where nothing answers',
      ),
    );
  });

  it("the mock signs where the page has no address", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    openPage("about:blank");
    const { data } = await authorize({ authEndpoint: "/blank" });
    expect(data.auth).toMatch(/^app-key:/);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('"/blank" is relative and there is no page'));
  });

  it("an endpoint that is not configured is not asked", async () => {
    openPage(`${origin}/`);
    const { data } = await authorize({});
    expect(data.auth).toMatch(/^app-key:[0-9a-f]{64}$/);
    expect(received).toEqual([]);
  });

  // Whoever intercepts requests, such as nock, reads a URL of Node's class, or the fields that an object itself has.
  it.each(["", "?x=1"])("a request is one that interceptors can read%s", async (query) => {
    openPage(`${origin}/`);
    const request = vi.spyOn(http, "request");
    await authorize({ authEndpoint: `${origin}/auth${query}` });
    expect({ ...(request.mock.calls[0]![0] as object) }).toMatchObject({
      protocol: "http:",
      hostname: "127.0.0.1",
      port: Number(new NodeUrl(origin).port),
      path: `/auth${query}`,
      method: "POST",
    });
  });
});

describe("the runtime that plugins use, as pusher-js's", () => {
  const runtimes: [string, any][] = [
    ["pusher-js", PusherJs.Runtime],
    ["the mock", MockPusherClient.Runtime],
  ];

  it.each(runtimes)("has an XMLHttpRequest that works (%s)", async (_, runtime) => {
    const xhr = runtime.createXHR();
    const states: number[] = [];
    respond = (response, { body }) => {
      response.statusCode = 201;
      response.setHeader("X-Own", "value");
      response.end(`got ${body}`);
    };
    await new Promise<void>((resolve) => {
      xhr.onreadystatechange = () => {
        states.push(xhr.readyState);
        if (xhr.readyState === 4) resolve();
      };
      xhr.open("POST", `${origin}/batch`, true);
      xhr.setRequestHeader("X-Plugin", "one");
      xhr.send("socket_id=1.1");
    });
    expect([states[0], states.at(-1)]).toEqual([1, 4]);
    expect([xhr.status, xhr.responseText, xhr.getResponseHeader("x-own")]).toEqual([201, "got socket_id=1.1", "value"]);
    expect(received[0]).toMatchObject({ method: "POST", url: "/batch", headers: { "x-plugin": "one" } });
  });

  it.each(runtimes)("tells where nobody answers by status 0 (%s)", async (_, runtime) => {
    const xhr = runtime.createXHR();
    await new Promise<void>((resolve) => {
      xhr.onreadystatechange = () => xhr.readyState === 4 && resolve();
      xhr.open("POST", "http://127.0.0.1:1/", true);
      xhr.send("");
    });
    expect(xhr.status).toBe(0);
  });

  it.each([200, 403])("has an authorizer that asks an endpoint which answers %i", async (status) => {
    respond = (response) => {
      response.statusCode = status;
      response.end('{"auth":"app-key:signed"}');
    };
    const auth = {
      transport: "ajax",
      endpoint: `${origin}/auth`,
      headers: { a: "1" },
      headersProvider: () => ({ b: "2" }),
    };
    const outcomes = [];
    for (const [, runtime] of runtimes) {
      const outcome = await new Promise((resolve) => {
        const callback = (error: any, data: any) => resolve([error?.status, error?.message, data]);
        runtime.getAuthorizers().ajax(runtime, "socket_id=1.1", auth, "channel-authorization", callback);
      });
      outcomes.push([outcome, received.at(-1)!.body, received.at(-1)!.headers.a, received.at(-1)!.headers.b]);
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
  });

  it("takes the page's XMLHttpRequest where there is one", () => {
    class PageRequest {
      readyState = 0;
    }
    vi.stubGlobal("XMLHttpRequest", PageRequest);
    expect(MockPusherClient.Runtime.createXHR()).toBeInstanceOf(PageRequest);
    vi.unstubAllGlobals();
  });
});

describe("the verbose log says what the application's own route did wrong", () => {
  const logged = async (options: object, channelName = "presence-a") => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const { channelAuthorizer } = new ScriptedRig({ debug: true }).client(options).config;
    await new Promise<void>((resolve) => channelAuthorizer({ channelName, socketId: "1.1" }, () => resolve()));
    const lines = log.mock.calls.map(([line]) => line);
    log.mockRestore();
    return lines;
  };

  it.each([403, 500])("that it answered %i, and what", async (status) => {
    respond = (response) => {
      response.statusCode = status;
      response.end(`because ${"x".repeat(500)}`);
    };
    const [line, ...others] = await logged({ authEndpoint: `${origin}/auth` });
    expect(others).toEqual([]);
    expect(line).toContain(
      `channel-authorization of "presence-a" for 1.1: ${origin}/auth answered ${status}, and only 200 authorizes: "because xxx`,
    );
    expect(line.length).toBeLessThan(400);
  });

  it("that a route handler threw", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const authorize = () => {
      throw new Error("no session");
    };
    expect(await logged({ authEndpoint: "/auth", authorize })).toEqual([
      expect.stringContaining("the route given as option authorize answered 500"),
    ]);
  });

  it("that channel_data is missing for a presence channel, and for no other", async () => {
    const options = { authEndpoint: `${origin}/auth` };
    expect(await logged(options)).toEqual([expect.stringContaining("answered without channel_data")]);
    expect(await logged(options, "private-a")).toEqual([]);
  });

  it("that nobody answered", async () => {
    expect(await logged({ authEndpoint: "http://127.0.0.1:1/auth" })).toEqual([
      expect.stringMatching(/http:\/\/127\.0\.0\.1:1\/auth gave no answer: .*ECONNREFUSED/),
    ]);
  });
});

describe("the application's route handler as option authorize", () => {
  it("gets the request that its route would get, and its answer counts", async () => {
    let asked: { url: string; method: string; type: string | null; body: string } | undefined;
    const { data } = await authorize({
      authEndpoint: "/api/pusher/auth",
      auth: { headers: { "X-CSRF-Token": "t" } },
      authorize: async (request) => {
        expect(request.headers.get("x-csrf-token")).toBe("t");
        asked = {
          url: request.url,
          method: request.method,
          type: request.headers.get("content-type"),
          body: await request.text(),
        };
        return Response.json({ auth: "app-key:route" });
      },
    });
    expect(asked).toEqual({
      url: "http://localhost/api/pusher/auth",
      method: "POST",
      type: "application/x-www-form-urlencoded",
      body: "socket_id=1.1&channel_name=private-%C3%A4",
    });
    expect(data).toEqual({ auth: "app-key:route" });
  });

  it("gets the page's own request where it has one", async () => {
    class PageRequest extends Request {}
    vi.stubGlobal("Request", PageRequest);
    onTestFinished(() => void vi.unstubAllGlobals());
    const route = vi.fn((_request: Request) => Response.json({ auth: "app-key:route" }));
    await authorize({ authorize: route });
    expect(route.mock.calls[0]![0]).toBeInstanceOf(PageRequest);
  });

  it("is asked in place of a server elsewhere", async () => {
    const { data } = await authorize({
      channelAuthorization: { transport: "ajax", endpoint: `${origin}/auth` },
      authorize: () => Response.json({ auth: "app-key:route" }),
    });
    expect(data).toEqual({ auth: "app-key:route" });
    expect(received).toEqual([]);
  });

  it("fails like an endpoint", async () => {
    const { error } = await authorize({ authorize: () => new Response("no", { status: 403 }) });
    expect(error).toMatchObject({
      status: 403,
      message: expect.stringContaining("received status: 403 from /pusher/auth"),
    });
  });

  it("that throws is a 500, and the reason is on the console", async () => {
    const report = vi.spyOn(console, "error").mockImplementation(() => {});
    const reason = new Error("no database");
    const { error } = await authorize({
      authorize: () => {
        throw reason;
      },
    });
    expect(error.status).toBe(500);
    expect(report).toHaveBeenCalledWith(expect.stringContaining("authorize threw"), reason);
  });

  it.each([
    [undefined, "nothing"],
    [{ auth: "key:signature" }, '{"auth":"key:signature"}'],
    ["key:signature", '"key:signature"'],
  ])("that answers no Response, but %o, is a 500, and the console says what a route answers", async (answer, shown) => {
    const report = vi.spyOn(console, "error").mockImplementation(() => {});
    const { error } = await authorize({ authorize: (() => answer) as never });
    expect(error.status).toBe(500);
    expect(report.mock.calls).toEqual([
      [
        expect.stringContaining("authorize threw"),
        new TypeError(
          `pushrig: it has answered ${shown}, and a route answers a Response: ` +
            "return Response.json(pusher.authorizeChannel(socketId, channel))",
        ),
      ],
    ]);
  });

  it("answers for users only when userAuthentication is configured", async () => {
    const route = vi.fn(() => Response.json({ auth: "app-key:route", user_data: "{}" }));
    await authenticate({ authorize: route });
    expect(route).not.toHaveBeenCalled();
    await authenticate({
      authorize: route,
      userAuthentication: { transport: "ajax", endpoint: "/api/pusher/user-auth" },
    });
    expect(route).toHaveBeenCalledTimes(1);
  });
});

describe("a failure that a test asks for", () => {
  it("has the status and the text of an endpoint that refuses", async () => {
    const rig = new ScriptedRig();
    const client = rig.client({ channelAuthorization: { transport: "ajax", endpoint: "/api/auth" } });
    const onError = vi.fn();
    rig.failure = { status: 401 };
    client.subscribe("private-a").bind("pusher:subscription_error", onError);
    await settle();
    expect(onError).toHaveBeenCalledExactlyOnceWith({
      type: "AuthError",
      status: 401,
      error: expect.stringContaining("received status: 401 from /api/auth. Clients must be authorized"),
    });
  });

  it("can have a text of its own, and concerns signing in too", async () => {
    const rig = new ScriptedRig();
    const client = rig.client();
    const onError = vi.fn();
    rig.failure = { message: "made to fail" };
    client.user.bind("pusher:signin_error", onError);
    client.signin();
    await settle();
    expect(onError).toHaveBeenCalledExactlyOnceWith({ type: "AuthError", status: 403, error: "made to fail" });
  });
});

it.each(["jsonp", "carrier-pigeon"])("an unknown transport is thrown as pusher-js's string: %s", (transport) => {
  const thrown = (make: (options: object) => unknown, options: object) => {
    try {
      return make(options);
    } catch (error) {
      return error;
    }
  };
  for (const options of [{ authTransport: transport }, { userAuthentication: { transport } }]) {
    expect(thrown(mock, options)).toBe(thrown(real, options));
    expect(thrown(mock, options)).toBe(`'${transport}' is not a recognized auth transport`);
  }
});
