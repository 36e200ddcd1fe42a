import { request } from "node:http";
import PusherClient from "pusher-js";
import {
  type Gateway,
  type ListenOptions,
  clientOptions,
  createMockPusher,
  listen as listenOnDefault,
  reset,
} from "pushrig";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { normalized } from "../../lib/options/admission.js";
import { next } from "../support/next.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function open(options: ListenOptions = {}): Promise<Gateway> {
  const rig = createMockPusher();
  onTestFinished(() => rig.close());
  return rig.listen({ port: 0, ...options });
}

interface Answer {
  status: number | undefined;
  body: string;
}

/** `fetch` would not let a program say where it comes from. */
function get({ port }: Gateway, headers: Record<string, string>, path = "/health", method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers }, async (response) => {
      resolve({ status: response.statusCode, body: (await response.toArray()).join("") });
    });
    asked.on("error", reject).end();
  });
}

const fromPage = (gateway: Gateway, Origin: string) => get(gateway, { Host: `127.0.0.1:${gateway.port}`, Origin });

describe("origins of listen()", () => {
  it.each(["http://app.test:3000", "http://shop.test", "https://shop.test:8443", "https://pull-7.preview.example"])(
    "let the page of %s in",
    async (origin) => {
      const listen = open;
      const gateway = await listen({ origins: ["http://app.test:3000", "shop.test", "*.preview.example"] });
      expect(await fromPage(gateway, origin)).toMatchObject({ status: 200 });
    },
  );

  it("count together with those in PUSHRIG_ORIGINS", async () => {
    vi.stubEnv("PUSHRIG_ORIGINS", "http://one.test, http://two.test\nnull");
    vi.spyOn(console, "warn").mockReturnValue();
    const gateway = await open({ origins: ["http://three.test"] });
    const origins = ["http://one.test", "http://two.test", "http://three.test", "null", "http://four.test"];
    const answers = await Promise.all(origins.map((origin) => fromPage(gateway, origin)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 403]);
  });

  it("are compared as browsers write them", async () => {
    const gateway = await open({ origins: ["HTTP://Bücher.example:3000/"] });
    expect((await fromPage(gateway, "http://xn--bcher-kva.example:3000")).status).toBe(200);
  });

  it.each([
    ["http://app.test/", "http://app.test"],
    ["HTTPS://APP.test:443", "https://app.test:443"],
    ["app.test:3000", "app.test:3000"],
    ["*.App.Test", "*.app.test"],
    ["192.168.1.5", "192.168.1.5"],
    ["http://[::1]:3000", "http://[::1]:3000"],
    ["[FD00::1]", "[fd00::1]"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["app://bundle", "app://bundle"],
    ["null", "null"],
    ["", undefined],
    ["http://", undefined],
    ["http://*.app.test", undefined],
    ["*.app.test:3000", undefined],
    ["*.1.2.3.4", undefined],
    ["a.*.test", undefined],
    ["http://app.test/path", undefined],
    ["http://user@app.test", undefined],
    ["app.test:99999", undefined],
    ["two words", undefined],
  ])("take %j as %j", (entry, expected) => {
    expect(normalized(entry)).toBe(expected);
  });

  it.each([
    [{ origins: "http://app.test" }, /origins of listen\(\) is a list of origins such as .*, not "http:\/\/app.test"$/],
    [{ origins: ["*"] }, /"\*" in the option origins of listen\(\) would let any website use the gateway; name/],
    [
      { origins: ["*.com"] },
      /"\*\.com" in the option .* let in every website below \.com; name .*, such as "\*\.app\.com"$/,
    ],
    [
      { origins: ["*.Co.Uk"] },
      /"\*\.Co\.Uk" in .* would let in every website below \.co\.uk; name .* "\*\.app\.co\.uk"$/,
    ],
    [{ origins: ["http://app.test/path"] }, /origins of listen\(\) names an origin .*, not "http:\/\/app.test\/path"$/],
    [{ origins: [7] }, /origins of listen\(\) names .*, not 7$/],
    [{ token: "" }, /token of listen\(\) is a text of visible ASCII characters without spaces, not one that is empty/],
    [{ token: "two words" }, /without spaces, not one that is empty or has other characters$/],
    [{ token: 7 }, /without spaces, not 7$/],
  ])("%j are refused", async (options, message) => {
    await expect(open(options as ListenOptions)).rejects.toThrow(TypeError);
    await expect(open(options as ListenOptions)).rejects.toThrow(message);
  });

  it("may be all hosts below a name of which no website can have one", async () => {
    const origins = ["*.test", "*.local", "*.internal", "*.app.com", "*.org.example.uk"];
    expect((await open({ origins })).port).toBeGreaterThan(0);
  });

  it.each([
    ["PUSHRIG_ORIGINS", "*", /"\*" in PUSHRIG_ORIGINS would let/],
    ["PUSHRIG_ORIGINS", "http://a.test/b", /PUSHRIG_ORIGINS names .*, not "http:\/\/a.test\/b"$/],
    ["PUSHRIG_TOKEN", "two words", /PUSHRIG_TOKEN is a text of visible/],
  ])("a wrong %s=%s is refused too", async (name, value, message) => {
    vi.stubEnv(name, value);
    await expect(open()).rejects.toThrow(message);
  });

  it("are among the options that a running gateway does not take over", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const rig = createMockPusher();
    onTestFinished(() => rig.close());
    const { port } = await rig.listen({ port: 0 });
    await rig.listen({ port, origins: ["http://app.test"], token: "some-token" });
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("does not take over origins, token."));
  });
});

describe("programs and apps", () => {
  /** What a WebSocket is told first when its program sends these headers. */
  function greeting({ port }: Gateway, headers: Record<string, string>): Promise<string> {
    const all = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const path = "/app/mock-pusher-key?protocol=7";
      const asked = request({ host: "127.0.0.1", port, path, headers: all });
      asked.on("upgrade", (_response, socket, head) => {
        if (head.length > 0) resolve(String(head));
        else socket.once("data", (data) => resolve(String(data)));
        onTestFinished(() => void socket.destroy());
      });
      asked.on("error", reject).end();
    });
  }

  it.each([
    ["React Native in the Android emulator", "10.0.2.2", "http://10.0.2.2:PORT"],
    ["React Native on this machine", "localhost", "http://localhost:PORT"],
    ["React Native on a phone", "192.168.1.5", "http://192.168.1.5:PORT"],
    ["a page of Expo on a phone", "192.168.1.5", "http://192.168.1.5:8081"],
    ["Capacitor on iOS", "localhost", "capacitor://localhost"],
    ["Capacitor on Android", "10.0.2.2", "https://localhost"],
    ["Ionic", "localhost", "ionic://localhost"],
    ["Tauri on macOS", "127.0.0.1", "tauri://localhost"],
    ["Tauri on Windows", "127.0.0.1", "http://tauri.localhost"],
    ["an SDK that names the address as its origin", "127.0.0.1", "ws://127.0.0.1:PORT"],
    ["an SDK that names none", "127.0.0.1", undefined],
  ])("%s connects without any option", async (_who, host, origin) => {
    const gateway = await listenOnDefault({ port: 0 });
    onTestFinished(() => gateway.close());
    const named = (text: string): string => text.replace("PORT", String(gateway.port));
    const headers = { Host: named(`${host}:PORT`), ...(origin !== undefined && { Origin: named(origin) }) };
    expect(await greeting(gateway, headers)).toContain("pusher:connection_established");
  });

  it.each([
    ["a browser extension", "chrome-extension://abcdefghijklmnopabcdefghijklmnop"],
    ["an app of Electron with a scheme of its own", "app://bundle"],
    ["a file", "file://"],
  ])("%s connects once it is named", async (_who, Origin) => {
    vi.spyOn(console, "warn").mockReturnValue();
    const closed = await listenOnDefault({ port: 0 });
    onTestFinished(() => closed.close());
    const refused = await greeting(closed, { Host: "localhost", Origin });
    const [, named] = /PUSHRIG_ORIGINS=([^\s"\\]+)/.exec(refused) ?? [];
    const gateway = await listenOnDefault({ port: 0, origins: [String(named)] });
    onTestFinished(() => gateway.close());
    expect(await greeting(gateway, { Host: "localhost", Origin })).toContain("pusher:connection_established");
  });
});

describe("who is turned away", () => {
  it("is told which option lets it in, and who listens is told once", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const gateway = await open();
    const answers = [await fromPage(gateway, "http://app.test"), await fromPage(gateway, "http://app.test")];
    const sentence = `pushrig: pages of http://app.test may not use this gateway. If they are yours, name what comes: listen({ origins: ["http://app.test"] }), --origin http://app.test or PUSHRIG_ORIGINS=http://app.test`;
    expect(answers).toEqual(Array.from({ length: 2 }, () => ({ status: 403, body: `${sentence}\n` })));
    await vi.waitFor(() => expect(warn).toHaveBeenCalled());
    expect(warn).toHaveBeenCalledExactlyOnceWith(sentence);
  });

  it("is told to onActivity instead if there is one", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const onActivity = vi.fn();
    const gateway = await open({ onActivity });
    await get(gateway, { Host: `evil.example:${gateway.port}` });
    await vi.waitFor(() => expect(onActivity).toHaveBeenCalled());
    expect(onActivity).toHaveBeenCalledExactlyOnceWith({
      v: 1,
      time: expect.any(Number),
      type: "turnedAway",
      who: "evil.example",
      body: expect.stringMatching(/^this gateway does not go by the name evil\.example, which any website/),
    });
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("the token", () => {
  it("is a random one of each gateway, which stays over a restart", async () => {
    const [one, other] = [await open(), await open()];
    const { token } = one;
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(other.token).not.toBe(token);
    await one.restart();
    expect(one.token).toBe(token);
  });

  it("is the option's, or else that of PUSHRIG_TOKEN", async () => {
    vi.stubEnv("PUSHRIG_TOKEN", "of-the-environment");
    expect((await open()).token).toBe("of-the-environment");
    expect((await open({ token: "of-the-option" })).token).toBe("of-the-option");
  });

  it("is printed only where other machines can reach the gateway, and nobody has chosen it", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    await open();
    await open({ host: "0.0.0.0", token: "chosen" });
    expect(log).not.toHaveBeenCalled();
    const { token } = await open({ host: "0.0.0.0" });
    expect(log).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(`with the token ${token}`));
  });

  it("gets signatures for a page that is only named, or that comes through a proxy", async () => {
    const gateway = await listenOnDefault({ port: 0, origins: ["http://app.test"] });
    onTestFinished(async () => {
      await gateway.close();
      reset();
    });
    const client = new PusherClient("mock-pusher-key", {
      ...clientOptions({ url: gateway.url }),
      channelAuthorization: {
        transport: "ajax",
        endpoint: `${gateway.url}/pusher/auth`,
        customHandler: ({ socketId, channelName }, callback) => {
          const query = `socket_id=${socketId}&channel_name=${channelName}`;
          void ask(query).then(({ body }) => callback(null, JSON.parse(body)));
        },
      },
    });
    onTestFinished(() => client.disconnect());
    const ask = (form: string, headers: Record<string, string> = { Authorization: `Bearer ${gateway.token}` }) =>
      new Promise<Answer>((resolve, reject) => {
        const { port } = gateway;
        const all = { Host: "localhost", Origin: "http://app.test", "X-Forwarded-For": "10.0.0.1", ...headers };
        const options = { host: "127.0.0.1", port, path: "/pusher/auth", method: "POST", headers: all };
        const asked = request(options, async (response) => {
          resolve({ status: response.statusCode, body: (await response.toArray()).join("") });
        });
        asked.on("error", reject).end(form);
      });
    const channel = client.subscribe("private-room");
    await next(channel, "pusher:subscription_succeeded");
    expect(await ask(`socket_id=${client.connection.socket_id}&channel_name=private-other`, {})).toMatchObject({
      status: 403,
      body: expect.stringContaining("it comes through a proxy, so it needs the gateway's token"),
    });
  });
});
