import { clientOptions, createMockPusher, listen, MockPusherClient } from "pushrig";
import { afterEach, describe, expect, it, vi } from "vitest";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const address = (options: { wsHost?: string; wsPort?: number; wsPath?: string; forceTLS?: boolean }) => [
  options.forceTLS,
  options.wsHost,
  options.wsPort,
  options.wsPath,
];

describe("where clientOptions() leads to", () => {
  it("is port 6001 of this machine", () => {
    expect(address(clientOptions())).toEqual([false, "127.0.0.1", 6001, ""]);
  });

  it("is the gateway that this process has opened", async () => {
    const gateway = await listen({ port: 0 });
    try {
      expect(address(clientOptions())).toEqual([false, "127.0.0.1", gateway.port, ""]);
    } finally {
      await gateway.close();
    }
    expect(clientOptions().wsPort).toBe(6001);
  });

  it("is what the environment says", () => {
    vi.stubEnv("NEXT_PUBLIC_PUSHRIG_URL", "http://gateway.test:7001");
    expect(address(clientOptions())).toEqual([false, "gateway.test", 7001, ""]);
  });

  it("is what the option url says, before the environment", () => {
    vi.stubEnv("NEXT_PUBLIC_PUSHRIG_URL", "http://gateway.test:7001");
    expect(address(clientOptions({ url: "https://proxy.test/pushrig/" }))).toEqual([
      true,
      "proxy.test",
      443,
      "/pushrig",
    ]);
  });

  it("is the same for every transport", () => {
    expect(clientOptions({ url: "http://localhost:7001/mock" })).toMatchObject({
      wsHost: "localhost",
      wsPort: 7001,
      wssPort: 7001,
      httpHost: "localhost",
      httpPort: 7001,
      httpsPort: 7001,
      httpPath: "/mock/pusher",
    });
  });

  it("is the application's own wsHost and wsPort, if that is this machine", () => {
    expect(address(clientOptions({ wsHost: "localhost", wsPort: 7001 }))).toEqual([false, "localhost", 7001, ""]);
    for (const wsHost of ["::1", "[::1]"]) {
      expect(address(clientOptions({ wsHost }))).toEqual([false, "[::1]", 6001, ""]);
    }
    expect(address(clientOptions({ wsPort: 7001 }))).toEqual([false, "127.0.0.1", 7001, ""]);
  });

  it("is never another host that the application names for production, which is mentioned once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    for (const wsHost of ["ws-eu.pusher.com", "ws-eu.pusher.com", "localhost.example.com"]) {
      const options = { wsHost, wsPort: 443, wssPort: 443, httpHost: "sockjs-eu.pusher.com", forceTLS: true };
      const completed = clientOptions(options);
      expect(address(completed)).toEqual([false, "127.0.0.1", 6001, ""]);
      expect(completed.httpHost).toBe("127.0.0.1");
    }
    expect(warn.mock.calls.map(([text]) => text.split(" ")[2])).toEqual([
      '"ws-eu.pusher.com"',
      '"localhost.example.com"',
    ]);
  });

  it("takes options that are there but undefined for absent", () => {
    expect(address(clientOptions({ wsHost: undefined, wsPort: undefined, url: undefined }))).toEqual([
      false,
      "127.0.0.1",
      6001,
      "",
    ]);
  });

  it.each(["localhost:6001", "ws://localhost:6001", "", "/"])("refuses %j as an address", (url) => {
    expect(() => clientOptions({ url })).toThrow(
      `pushrig: the option url must be a gateway's address such as "http://127.0.0.1:6001", not ${JSON.stringify(url)}`,
    );
  });

  it.each([
    [
      "http://ann:hidden@localhost:6001/ws",
      'is a gateway\'s address alone, such as "http://localhost:6001/ws", without a user and password before it; ' +
        "credentials are options of the server: appId, key and secret",
    ],
    [
      "http://localhost:6001/?app=1#x",
      'is a gateway\'s address alone, such as "http://localhost:6001", without "?app=1#x" after it',
    ],
  ])("refuses what an address has no use for: %s", (url, why) => {
    expect(() => clientOptions({ url })).toThrow(`pushrig: the option url ${why}`);
    vi.stubEnv("NEXT_PUBLIC_PUSHRIG_URL", url);
    expect(() => clientOptions()).toThrow(`pushrig: NEXT_PUBLIC_PUSHRIG_URL ${why}`);
    vi.unstubAllEnvs();
  });
});

describe("the public service is refused as a gateway's address", () => {
  const hosts = ["ws-eu.pusher.com", "pusher.com", "API.PusherApp.com", "sockjs-eu.pusher.com."];

  it.each(hosts)("%s as the option url", (host) => {
    expect(() => clientOptions({ url: `https://${host}/app` })).toThrow(
      `pushrig: the option url "${new URL(`https://${host}/app`).href}" is Pusher's public service, which the mock never contacts; ` +
        'set it to a gateway, such as "http://127.0.0.1:6001", or leave it out',
    );
  });

  it("also in NEXT_PUBLIC_PUSHRIG_URL", () => {
    vi.stubEnv("NEXT_PUBLIC_PUSHRIG_URL", "https://ws-eu.pusher.com");
    expect(() => clientOptions()).toThrow(`pushrig: NEXT_PUBLIC_PUSHRIG_URL "https://ws-eu.pusher.com" is Pusher's`);
  });

  it("but not a host that only looks like it", () => {
    expect(clientOptions({ url: "http://notpusher.com" }).wsHost).toBe("notpusher.com");
    expect(clientOptions({ url: "http://pusher.com.test" }).wsHost).toBe("pusher.com.test");
  });
});

describe("a slip in an option is refused", () => {
  it.each([
    ["k", "clientOptions() takes an object such as"],
    [null, "clientOptions() takes an object such as"],
    [{ urll: "http://localhost:7001" }, 'a client has no option "urll"; did you mean "url"?'],
    [{ usr: { id: "ann" } }, 'a client has no option "usr"; did you mean "user"?'],
    [{ user: "ann" }, 'the option user is an object such as { id: "ann" }, not "ann"'],
    [{ user: null }, 'the option user is an object such as { id: "ann" }, not null'],
    [{ user: { id: "" } }, 'the id of the option user is a string that is not empty, or a number, not ""'],
    [{ user: { id: null } }, "the id of the option user is a string that is not empty, or a number, not null"],
    [{ user: { user_id: "ann" } }, 'the option user has no field "user_id"; the fields are id, info, watchlist'],
  ])("%j", (options, text) => {
    const wrong = options as never;
    expect(() => clientOptions(wrong)).toThrow(`pushrig: ${text}`);
    if (options === null || typeof options === "string") return;
    const complete = { cluster: "mock-cluster", ...(options as object) };
    expect(() => new MockPusherClient("mock-pusher-key", complete)).toThrow(`pushrig: ${text}`);
  });

  it("but no option of others", () => {
    const others = { authorizer: () => ({ authorize: () => {} }), broadcaster: "pusher" };
    expect(clientOptions(others as object)).toMatchObject(others);
  });
});

describe("what clientOptions() leaves of pusher-js", () => {
  it("is nothing that would ask the public service", () => {
    const options = clientOptions({ enableStats: true, enabledTransports: ["ws", "wss", "sockjs"] });
    expect(options).toMatchObject({ enableStats: false, enabledTransports: ["ws"] });
    expect(clientOptions({ enabledTransports: ["sockjs"] }).enabledTransports).toEqual([
      "ws",
      "xhr_streaming",
      "xhr_polling",
    ]);
  });

  it("is every other option of the application", () => {
    const nacl = {} as never;
    expect(clientOptions({ cluster: "eu", activityTimeout: 5000, nacl })).toMatchObject({
      cluster: "eu",
      activityTimeout: 5000,
      nacl,
    });
    expect(clientOptions().cluster).toBe("mock-cluster");
  });
});

describe("who authorizes", () => {
  it("is the gateway when the application configures nothing", () => {
    expect(clientOptions({ url: "http://localhost:7001" })).toMatchObject({
      channelAuthorization: { endpoint: "http://localhost:7001/pusher/auth", transport: "ajax" },
      userAuthentication: { endpoint: "http://localhost:7001/pusher/user-auth", transport: "ajax" },
    });
  });

  it("is told by the option user for whom", () => {
    const user = { id: 7, info: { name: "Ada" }, watchlist: ["8"] };
    const { channelAuthorization, ...rest } = clientOptions({ user });
    const params = { user_id: "7", user_info: '{"name":"Ada"}', watchlist: '["8"]' };
    expect(channelAuthorization).toMatchObject({ params });
    expect(rest).not.toHaveProperty("user");
  });

  it.each([
    { channelAuthorization: { endpoint: "/api/auth", transport: "ajax" as const } },
    { authEndpoint: "/api/auth" },
    { authorizer: () => ({ authorize: () => {} }) },
    { auth: { headers: { authorization: "Bearer token" } } },
  ])("is the application with %o", (own) => {
    const completed = clientOptions(own);
    expect(completed).toMatchObject(own);
    expect(completed.channelAuthorization).toBe((own as { channelAuthorization?: object }).channelAuthorization);
  });
});

it("opens nothing", () => {
  const rig = createMockPusher();
  clientOptions();
  expect(rig.state.getState().subscriptions).toEqual([]);
  rig.close();
});
