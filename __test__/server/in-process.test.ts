import { beforeEach, describe, expect, it, vi } from "vitest";
import { MockPusherServer } from "../../lib/server/server.js";
import { freshRig, type RecordingRig } from "../support/server-rig.js";

vi.mock("../../lib/app/rigs.js", () => import("../support/server-rig.js"));

const options = { appId: "3", key: "the-key", secret: "the-secret", cluster: "eu" };
let rig: RecordingRig;

beforeEach(() => {
  rig = freshRig();
});

/** A promise and what settles it. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe("one event to one channel", () => {
  it.each<[string, (server: any) => unknown]>([
    ["named", (s) => s.trigger("a", "e", {})],
    ["in an array", (s) => s.trigger(["a"], "e", {})],
    ["with a socket_id", (s) => s.trigger("a", "e", {}, { socket_id: "1.2" })],
    ["with an empty socket_id", (s) => s.trigger("a", "e", {}, { socket_id: "" })],
    ["without parameters", (s) => s.trigger("a", "e", {}, null)],
  ])("takes the short way: %s", async (_, trigger) => {
    await trigger(new MockPusherServer(options));
    expect(rig.published).toBe(1);
  });

  it.each<[string, (server: any) => unknown]>([
    ["to two channels", (s) => s.trigger(["a", "b"], "e", {})],
    ["with info", (s) => s.trigger("a", "e", {}, { info: "user_count" })],
    ["without data", (s) => s.trigger("a", "e")],
    ["with a number as its name", (s) => s.trigger("a", 1, {})],
    ["with a string as parameters", (s) => s.trigger("a", "e", {}, "1.2")],
  ])("takes the HTTP API's way: %s", async (_, trigger) => {
    await trigger(new MockPusherServer(options));
    expect([rig.published, rig.calls.length]).toStrictEqual([0, 1]);
  });

  it("has reached the app when trigger returns", () => {
    const sent = new MockPusherServer(options).trigger("a", "e", { x: 1 });
    expect(rig.calls).toHaveLength(1);
    return expect(sent).resolves.toMatchObject({ status: 200, ok: true });
  });

  it("does not reach the app when it is refused by the SDK's rules", () => {
    expect(() => new MockPusherServer(options).trigger("a b", "e", {})).toThrowError("Invalid channel name: 'a b'");
    expect(rig.calls).toStrictEqual([]);
  });

  it("is checked again after a thousand other channels", () => {
    const server = new MockPusherServer(options);
    for (let i = 0; i < 2500; i++) server.trigger(`channel-${i}`, "e", {});
    expect(() => server.trigger("channel 1", "e", {})).toThrowError("Invalid channel name");
    expect(rig.published).toBe(2500);
  });
});

describe("the promise of a trigger", () => {
  it("waits for the latency of the other modes", async () => {
    const wait = deferred();
    rig.settings = { delivery: "network", latency: { min: 50, max: 50 } };
    rig.waits = wait.promise;
    let settled = false;
    const sent = new MockPusherServer(options).trigger("a", "e", {}).finally(() => {
      settled = true;
    });
    await Promise.resolve();
    expect([rig.calls.length, settled]).toStrictEqual([1, false]);
    wait.resolve();
    expect((await sent).status).toBe(200);
  });

  it("waits when immediate has a latency", async () => {
    rig.settings = { delivery: "immediate", latency: { min: 0, max: 10 } };
    const delay = vi.spyOn(rig, "delay");
    await new MockPusherServer(options).trigger("a", "e", {});
    expect(delay).toHaveBeenCalledOnce();
  });

  it("rejects after the latency too", async () => {
    rig.settings = { delivery: "polling", latency: { min: 50, max: 50 } };
    rig.answer = { status: 413, body: "too much\n" };
    const error = await new MockPusherServer(options).trigger("a", "e", {}).catch((error: unknown) => error);
    expect(error).toMatchObject({ name: "PusherRequestError", status: 413, body: "too much\n" });
  });

  it("rejects when the latency is longer than the timeout", async () => {
    vi.useFakeTimers();
    rig.settings = { delivery: "network", latency: { min: 50, max: 50 } };
    rig.waits = deferred().promise;
    const sent = new MockPusherServer({ ...options, timeout: 20 }).trigger("a", "e", {});
    const failed = sent.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(20);
    expect(await failed).toMatchObject({ message: "Request failed with an error", error: { name: "AbortError" } });
    vi.useRealTimers();
  });

  it("leaves no timer behind when the timeout is longer", async () => {
    vi.useFakeTimers();
    rig.settings = { delivery: "network", latency: { min: 50, max: 50 } };
    await new MockPusherServer({ ...options, timeout: 20 }).trigger("a", "e", {});
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("carries the signed URL of the request it stands for", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
    const { url } = await new MockPusherServer({ ...options, useTLS: true }).trigger("a", "e", {});
    expect(url).toMatch(
      /^https:\/\/api-eu\.pusher\.com\/apps\/3\/events\?auth_key=the-key&auth_timestamp=1700000000&.*&auth_signature=[0-9a-f]{64}$/,
    );
    vi.useRealTimers();
  });
});

describe("an app with credentials of its own checks them as the service does", () => {
  const refusal = async (other: object, call = (s: MockPusherServer): Promise<unknown> => s.trigger("a", "e", {})) => {
    rig.anyCredentials = false;
    const error = await call(new MockPusherServer({ ...options, ...other })).catch((error: unknown) => error);
    expect(rig.calls).toStrictEqual([]);
    return error as { status: number; body: string; url: string };
  };

  it("takes its own the short way", async () => {
    rig.anyCredentials = false;
    await new MockPusherServer(options).trigger("a", "e", {});
    expect(rig.published).toBe(1);
  });

  it("takes its numeric id as a number", async () => {
    rig.anyCredentials = false;
    await new MockPusherServer({ ...options, appId: 3 }).trigger("a", "e", {});
    expect(rig.published).toBe(1);
  });

  it("refuses another app's id", async () => {
    expect(await refusal({ appId: "4" })).toMatchObject({ status: 404, body: "Unknown app\n" });
  });

  it("refuses another key", async () => {
    expect(await refusal({ key: "x" })).toMatchObject({ status: 400, body: "Unknown auth_key\n" });
  });

  it("refuses another secret and shows what should have been signed", async () => {
    const { status, body, url } = await refusal({ secret: "x" });
    const query = url.replace(/^.*\?/, "").replace(/&auth_signature=.*/, "");
    const signature = url.replace(/^.*auth_signature=/, "");
    expect(status).toBe(401);
    expect(body).toBe(
      `Invalid signature: you should have sent HmacSHA256Hex("POST\\n/apps/3/events\\n${query}", your_secret_key), but you sent "${signature}"\n`,
    );
  });

  it("refuses a GET and a batch as well", async () => {
    expect(await refusal({ key: "x" }, (s) => s.get({ path: "/channels" }))).toMatchObject({ status: 400 });
    expect(await refusal({ key: "x" }, (s) => s.triggerBatch([]))).toMatchObject({ status: 400 });
  });
});

describe("what the SDK does not encode does its harm", () => {
  const get = (path: string, params?: Record<string, unknown>) =>
    new MockPusherServer(options).get({ path, params: params as never }).catch((error: unknown) => error);

  it.each([
    ["a plus, read as a space", "a+b"],
    ["an ampersand, read as the end of the value", "a&b"],
    ["a percent sign, read as an encoded byte", "%41"],
  ])("%s", async (_, prefix) => {
    expect(await get("/channels", { filter_by_prefix: prefix })).toMatchObject({ status: 401 });
    expect(rig.calls).toStrictEqual([]);
  });

  it("a hash, which ends the URL before its signature", async () => {
    const error = await get("/channels", { filter_by_prefix: "a#b" });
    expect(error).toMatchObject({ status: 401, body: expect.stringContaining("but you sent nil") });
  });

  it("a hash or a question mark in a path, which loses the key", async () => {
    for (const path of ["/channels/a#b", "/channels?info=x"]) {
      expect(await get(path)).toMatchObject({ status: 401, body: "Missing parameter: auth_key\n" });
    }
  });

  it("dots in a path, which leave the app", async () => {
    expect(await get("/../../elsewhere")).toMatchObject({ status: 404 });
    expect(await get("/x/../channels")).toMatchObject({ status: 401 });
  });

  it("a percent sign in a path that encodes nothing is passed on", async () => {
    expect(await get("/channels/100%")).toMatchObject({ status: 200 });
    expect(rig.calls).toMatchObject([{ path: "/channels/100%" }]);
  });
});

describe("the host of the options", () => {
  it.each(["api.pusherapp.com", "api-eu.pusher.com", "API-EU.PUSHER.COM"])("%s is never called", async (host) => {
    await new MockPusherServer({ ...options, host }).trigger("a", "e", {});
    expect(rig.published).toBe(1);
  });

  it("of forCluster and of a forURL with Pusher's host is never called", async () => {
    await MockPusherServer.forCluster("eu", options).trigger("a", "e", {});
    await MockPusherServer.forURL("http://k:s@api-eu.pusher.com/apps/3").trigger("a", "e", {});
    expect(rig.published).toBe(2);
  });

  it("is called when it only looks like Pusher's", async () => {
    const server = new MockPusherServer({ ...options, host: "127.0.0.1", port: 1 });
    await expect(server.trigger("a", "e", {})).rejects.toMatchObject({ message: "Request failed with an error" });
    expect(rig.calls).toStrictEqual([]);
  });
});
