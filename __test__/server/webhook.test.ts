import { createHmac } from "node:crypto";
import Pusher from "pusher";
import { describe, expect, it, vi } from "vitest";
import { MockPusherServer } from "../../lib/server/server.js";
import { observe } from "../support/outcome.js";

vi.mock("../../lib/app/rigs.js", () => import("../support/server-rig.js"));

const credentials = { appId: "3", key: "the-key", secret: "the-secret", cluster: "eu" };
const body = '{"time_ms":1327078148132,"events":[{"name":"channel_occupied","channel":"my-channel"}]}';

function request(rawBody: unknown = body, headers: Record<string, unknown> = {}, secret = "the-secret"): any {
  const signature = createHmac("sha256", secret).update(String(rawBody)).digest("hex");
  return {
    headers: {
      "x-pusher-key": "the-key",
      "x-pusher-signature": signature,
      "content-type": "application/json",
      ...headers,
    },
    rawBody,
  };
}

const charset = { "content-type": "application/json; charset=utf-8" };
const other = { key: "other-key", secret: "other-secret" };
const signedByOther = request(body, { "x-pusher-key": "other-key" }, "other-secret");

const hooks: Array<[name: string, request: any, extraTokens?: unknown]> = [
  ["a webhook", request()],
  ["no signature", request(body, { "x-pusher-signature": undefined })],
  ["a wrong signature", request(body, {}, "wrong")],
  ["a signature of another length", request(body, { "x-pusher-signature": "abc" })],
  ["a signature with umlauts", request(body, { "x-pusher-signature": "ä".repeat(64) })],
  [
    "a signature in upper case",
    request(body, { "x-pusher-signature": request().headers["x-pusher-signature"].toUpperCase() }),
  ],
  ["another key", request(body, { "x-pusher-key": "x" })],
  ["no key", request(body, { "x-pusher-key": undefined })],
  ["a charset in the content type", request(body, charset)],
  ["no content type", request(body, { "content-type": undefined })],
  ["a body that is no JSON", request("oh no")],
  ["an empty body", request("")],
  ["the body null", request("null")],
  ["a number as body", request("1")],
  ["a missing body", { headers: request().headers }],
  ["a body that is parsed already", request({ events: [] })],
  ["an unsigned extra token", request(), other],
  ["an extra token", signedByOther, other],
  ["extra tokens", signedByOther, [{ key: "third", secret: "x" }, other]],
  ["an extra Token", signedByOther, new (Pusher as any).Token("other-key", "other-secret")],
  ["an extra token with the wrong secret", signedByOther, { key: "other-key", secret: "x" }],
  ["extra tokens that are undefined", request(body, {}, "wrong"), [undefined]],
  ["headers in capitals, which are not read", { headers: { "X-Pusher-Key": "the-key" }, rawBody: body }],
  ["no headers", { rawBody: body }],
  ["no request", undefined],
];

function read(Class: any, given: unknown, extraTokens: unknown): Promise<unknown[]> {
  let hook: any;
  return Promise.all([
    observe(() => {
      hook = new Class(credentials).webhook(given);
      const { token, ...fields } = hook;
      return { keys: Object.keys(hook), ...fields, token: { ...token } };
    }),
    observe(() => hook.isValid(extraTokens)),
    observe(() => hook.isContentTypeValid()),
    observe(() => hook.isBodyValid()),
    observe(() => hook.getData()),
    observe(() => hook.getEvents()),
    observe(() => hook.getTime()),
  ]);
}

describe("a webhook is read as npm pusher reads it", () => {
  it.each(hooks)("%s", async (_, given, extraTokens) => {
    const [mock, real] = [await read(MockPusherServer, given, extraTokens), await read(Pusher, given, extraTokens)];
    expect(mock).toStrictEqual(real);
  });

  it("gives events, data and time", () => {
    const hook = new MockPusherServer(credentials).webhook(request());
    expect(hook.isValid()).toBe(true);
    expect(hook.getEvents()).toStrictEqual([{ name: "channel_occupied", channel: "my-channel" }]);
    expect(hook.getTime()).toStrictEqual(new Date(1327078148132));
  });

  it("says what was invalid in a WebHookError", () => {
    const hook = new MockPusherServer(credentials).webhook(request("oh no", charset));
    const error = thrownBy(() => hook.getEvents());
    expect(error).toBeInstanceOf(MockPusherServer.WebHookError);
    expect(Object.keys(error)).toStrictEqual(["name", "stack", "message", "contentType", "body", "signature"]);
    expect(error).toMatchObject({ name: "PusherWebHookError", message: "Invalid WebHook body", body: "oh no" });
  });
});

function thrownBy(call: () => unknown): object {
  try {
    call();
  } catch (error) {
    return error as object;
  }
  throw new Error("nothing was thrown");
}
