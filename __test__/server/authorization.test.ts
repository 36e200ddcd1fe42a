import { describe, expect, it, vi } from "vitest";
import { MockPusherServer } from "../../lib/server/server.js";
import { behavesAsTheSdk } from "../support/beside-the-sdk.js";

vi.mock("../../lib/app/rigs.js", () => import("../support/server-rig.js"));

const encryptionMasterKeyBase64 = "zyrm8pvV2C9fJcBfhyXzvxbJVN/H7QLmbe0xJi1GhPU=";
const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

describe("authorizeChannel is that of npm pusher", () => {
  const authorize = (...args: unknown[]) => ({ call: (s: any) => s.authorizeChannel(...args) });
  behavesAsTheSdk([
    { name: "a private channel", ...authorize("1.1", "private-a") },
    { name: "a public channel too", ...authorize("1.1", "test") },
    { name: "a presence channel", ...authorize("1.1", "presence-a", { user_id: "u", user_info: { name: "Ü" } }) },
    { name: "a string as data", ...authorize("1.1", "presence-a", "foo") },
    { name: "data that is not signed because it is falsy", ...authorize("1.1", "presence-a", 0) },
    { name: "a function as data", ...authorize("1.1", "presence-a", () => 1) },
    { name: "an encrypted channel without a key", ...authorize("1.1", "private-encrypted-a") },
    {
      name: "an encrypted channel",
      options: { encryptionMasterKeyBase64 },
      ...authorize("1.1", "private-encrypted-a"),
    },
    {
      name: "an encrypted channel with data",
      options: { encryptionMasterKeyBase64 },
      ...authorize("1.1", "private-encrypted-a", { user_id: "1" }),
    },
    {
      name: "keys in the SDK's order",
      options: { encryptionMasterKeyBase64 },
      call: (s) => Object.keys(s.authorizeChannel("1.1", "private-encrypted-a", { user_id: "1" })),
    },
    { name: "no key for what is absent", call: (s) => Object.keys(s.authorizeChannel("1.1", "private-a")) },
    { name: "an illegal socket id", ...authorize("1", "private-a") },
    { name: "a socket id in lines", ...authorize("1.1\n1.1", "private-a") },
    { name: "an undefined socket id", ...authorize(undefined, "private-a") },
    { name: "the socket id before the channel", ...authorize("x", "$") },
    { name: "an illegal channel", ...authorize("1.1", "private a") },
    { name: "a channel of 201 characters", ...authorize("1.1", "c".repeat(201)) },
    { name: "the channel of a user", ...authorize("1.1", "#server-to-user-1") },
    { name: "cyclic data", ...authorize("1.1", "presence-a", cyclic) },
    { name: "a secret that is null", options: { secret: null }, ...authorize("1.1", "private-a") },
    { name: "under its old name", call: (s) => s.authenticate("1.1", "presence-a", { user_id: "u" }) },
  ]);

  it("signs the vectors of the documentation", () => {
    const options = { key: "278d425bdf160c739803", secret: "7ad3773142a6692b25b8" };
    const server = new MockPusherServer({ ...options, encryptionMasterKeyBase64 });
    const presence = { user_id: 10 as never, user_info: { name: "Mr. Pusher" } };
    const signed = (signature: string) => `${options.key}:${signature}`;
    expect(server.authorizeChannel("1234.1234", "private-foobar")).toStrictEqual({
      auth: signed("58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"),
    });
    expect(server.authorizeChannel("1234.1234", "presence-foobar", presence)).toStrictEqual({
      auth: signed("afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c"),
      channel_data: '{"user_id":10,"user_info":{"name":"Mr. Pusher"}}',
    });
    expect(server.authenticateUser("1234.1234", { id: "12345" })).toStrictEqual({
      auth: signed("4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba"),
      user_data: '{"id":"12345"}',
    });
    expect(server.channelSharedSecret("private-encrypted-bla").toString("base64")).toBe(
      "nlr49ISQHz91yS3cy/yWmW8wFMNeTnNL5tNHnbPJcLQ=",
    );
  });
});

describe("authenticateUser is that of npm pusher", () => {
  const authenticate = (...args: unknown[]) => ({ call: (s: any) => s.authenticateUser(...args) });
  behavesAsTheSdk([
    { name: "a user", ...authenticate("1.1", { id: "u", user_info: { name: "Ü" }, watchlist: ["v"] }) },
    { name: "an array with an id", ...authenticate("1.1", Object.assign([1], { id: "u" })) },
    { name: "no user", ...authenticate("1.1") },
    { name: "null", ...authenticate("1.1", null) },
    { name: "a string", ...authenticate("1.1", "u") },
    { name: "no id", ...authenticate("1.1", {}) },
    { name: "an empty id", ...authenticate("1.1", { id: "" }) },
    { name: "a numeric id", ...authenticate("1.1", { id: 1 }) },
    { name: "an illegal socket id", ...authenticate("x", { id: "u" }) },
    { name: "the socket id before the user", ...authenticate("x", null) },
    { name: "cyclic data", ...authenticate("1.1", Object.assign(cyclic, { id: "u" })) },
  ]);
});
