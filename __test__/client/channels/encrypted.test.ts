import nacl from "tweetnacl";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { EncryptedChannel } from "../../../lib/client/channels/encrypted.js";
import { agree, ScriptedRig } from "../../support/scripted-rig.js";

vi.mock("../../../lib/native/addon.js", () => import("../../support/no-addon.js"));

const CHANNEL = "private-encrypted-a";
const KEY = nacl.randomBytes(32);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

function encrypted(text: string, key = KEY): string {
  const nonce = nacl.randomBytes(24);
  const ciphertext = nacl.secretbox(new TextEncoder().encode(text), nonce, key);
  return JSON.stringify({ nonce: base64(nonce), ciphertext: base64(ciphertext) });
}

/** A subscribed client. `keys` are those that the authorizations give, one after the other. */
function subscribed(keys: (Uint8Array | undefined)[] = [KEY], delivery: "immediate" | "network" = "immediate") {
  const rig = new ScriptedRig({ delivery });
  rig.answer = agree;
  const authorizations: object[] = [];
  const customHandler = vi.fn((_: unknown, callback: Function) => {
    const key = keys.length > 1 ? keys.shift() : keys[0];
    authorizations.push({ auth: "app-key:signed", shared_secret: key && base64(key) });
    callback(null, authorizations.at(-1));
  });
  const client = rig.client({ nacl: nacl as never, channelAuthorization: { customHandler } });
  if (delivery === "network") rig.wire.open();
  const channel = client.subscribe(CHANNEL) as EncryptedChannel;
  return { rig, client, channel, customHandler, authorizations };
}

afterEach(() => {
  vi.restoreAllMocks();
});

it("decrypts what the service sends, as JSON where it is JSON", () => {
  const { rig, channel } = subscribed();
  const callback = vi.fn();
  channel.bind("e", callback);
  for (const text of ['{"x":1}', "plain text", "0", "[]", '"5"']) rig.wire.event(CHANNEL, "e", encrypted(text));
  expect(callback.mock.calls).toEqual([[{ x: 1 }], ["plain text"], [0], [[]], ["5"]]);
});

it("passes no argument for falsy data with simulated latency, as pusher-js does", () => {
  const { rig, channel } = subscribed([KEY], "network");
  const callback = vi.fn();
  channel.bind("e", callback);
  for (const text of ["0", "null", "1"]) rig.wire.frame("e", JSON.parse(encrypted(text)), CHANNEL);
  expect(callback.mock.calls).toEqual([[], [], [1]]);
});

it("leaves the client's own bindings the encrypted data", () => {
  const { rig, client } = subscribed();
  const callback = vi.fn();
  client.bind("e", callback);
  const data = encrypted("secret");
  rig.wire.event(CHANNEL, "e", data);
  expect(callback).toHaveBeenCalledExactlyOnceWith(JSON.parse(data));
});

it("takes the key out of the authorization and does not send it", () => {
  const { rig, channel, authorizations } = subscribed();
  expect(channel.key).toEqual(KEY);
  expect(authorizations).toEqual([{ auth: "app-key:signed" }]);
  expect(rig.wire.sent).toEqual([{ event: "pusher:subscribe", data: { auth: "app-key:signed", channel: CHANNEL } }]);
});

it("fails without a key", () => {
  const { client, channel } = subscribed([undefined]);
  const onError = vi.fn();
  channel.bind("pusher:subscription_error", onError);
  client.subscribe(CHANNEL);
  expect(onError).toHaveBeenCalledExactlyOnceWith({
    type: "AuthError",
    error: `No shared_secret key in auth payload for encrypted channel: ${CHANNEL}`,
  });
});

it("fetches a new key for an event that cannot be decrypted, once for each", () => {
  const other = nacl.randomBytes(32);
  const { rig, channel, customHandler } = subscribed([KEY, other]);
  const callback = vi.fn();
  channel.bind("e", callback);
  rig.wire.event(CHANNEL, "e", encrypted('"new key"', other));
  expect(callback).toHaveBeenCalledExactlyOnceWith("new key");
  expect(customHandler).toHaveBeenCalledTimes(2);
  rig.wire.event(CHANNEL, "e", encrypted('"never"', nacl.randomBytes(32)));
  rig.wire.event(CHANNEL, "e", encrypted('"again"', other));
  expect(callback.mock.calls).toEqual([["new key"], ["again"]]);
  expect(customHandler).toHaveBeenCalledTimes(3);
});

describe("what is not encrypted as it should be", () => {
  it.each([
    ["plain data", '{"x":1}', "Unexpected format for encrypted event"],
    ["no data", undefined, "Unexpected format for encrypted event"],
    ["a short box", JSON.stringify({ ciphertext: "AAAA", nonce: base64(nacl.randomBytes(24)) }), "to be 16, got: 3"],
    ["a short nonce", JSON.stringify({ ciphertext: base64(nacl.randomBytes(20)), nonce: "AAAA" }), "to be 24, got: 3"],
  ])("is dropped and logged: %s", async (_, data, text) => {
    const { MockPusherClient } = await import("../../../lib/client/client.js");
    const log = vi.fn();
    MockPusherClient.log = log;
    try {
      const { rig, channel } = subscribed();
      const callback = vi.fn();
      channel.bind("e", callback);
      rig.wire.event(CHANNEL, "e", data);
      expect(callback).not.toHaveBeenCalled();
      expect(log).toHaveBeenCalledWith(expect.stringContaining(text));
    } finally {
      MockPusherClient.log = undefined as never;
    }
  });
});

it("never sends client events", () => {
  const { channel } = subscribed();
  expect(() => channel.trigger("client-e", {})).toThrow(
    "Client events are not currently supported for encrypted channels",
  );
});

it("hands out the shared secret where no authorization is configured", () => {
  const rig = new ScriptedRig();
  rig.encryptionMasterKey = new Uint8Array(32).fill(1);
  const channel = rig.client().subscribe(CHANNEL) as EncryptedChannel;
  // SHA-256 of the channel's name and the master key, from `openssl dgst`.
  expect(base64(channel.key!)).toBe("yjmu1g49qmtd0S93gU5tAu+hLIJ2eKKs9ndCJlk1G0Q=");
});

it("needs a nacl, or throws pusher-js's UnsupportedFeature", () => {
  const client = new ScriptedRig().client();
  client.config.nacl = undefined;
  expect(() => client.subscribe(CHANNEL)).toThrow(/no nacl implementation available/);
});
