import { describe, vi } from "vitest";
import { behavesAsTheSdk } from "../support/beside-the-sdk.js";
import { useFixedNonce } from "../support/fixed-nonce.js";

vi.mock("../../lib/app/rigs.js", () => import("../support/server-rig.js"));

const options = { encryptionMasterKeyBase64: "zyrm8pvV2C9fJcBfhyXzvxbJVN/H7QLmbe0xJi1GhPU=" };
const secret = "private-encrypted-secret";

describe("encrypted channels are those of npm pusher", () => {
  useFixedNonce();
  behavesAsTheSdk([
    { name: "an object", options, call: (s) => s.trigger(secret, "e", { a: 1 }) },
    { name: "a string, with its quotes", options, call: (s) => s.trigger(secret, "e", "Hello!") },
    { name: "null", options, call: (s) => s.trigger(secret, "e", null) },
    { name: "unicode", options, call: (s) => s.trigger(secret, "e", "żółć 🎈") },
    { name: "undefined cannot be encrypted", options, call: (s) => s.trigger(secret, "e", undefined) },
    { name: "one in an array", options, call: (s) => s.trigger([secret], "e", { a: 1 }) },
    {
      name: "with parameters",
      options,
      call: (s) => s.trigger(secret, "e", 1, { socket_id: "1.2", info: "user_count" }),
    },
    { name: "not beside another", options, call: (s) => s.trigger(["a", secret], "e", {}) },
    { name: "not twice", options, call: (s) => s.trigger([secret, secret], "e", {}) },
    { name: "not without a key", call: (s) => s.trigger(secret, "e", {}) },
    { name: "many before the missing key", call: (s) => s.trigger([secret, "a"], "e", {}) },
    { name: "a cyclic object has no text", options, call: (s) => s.trigger(secret, "e", { b: 1n }) },
    {
      name: "in a batch, only where the channel is encrypted",
      options,
      call: (s) =>
        s.triggerBatch([
          { channel: secret, name: "e", data: "x" },
          { channel: "a", name: "e", data: "x" },
        ]),
    },
    { name: "in a batch without a key", call: (s) => s.triggerBatch([{ channel: secret, name: "e", data: "x" }]) },
    {
      name: "with a key of 32 characters",
      options: { encryptionMasterKey: "0123456789abcdef0123456789abcdef" },
      call: (s) => s.trigger(secret, "e", { a: 1 }),
    },
    {
      name: "a shared secret that a subclass makes",
      options,
      call: (s) => {
        s.channelSharedSecret = () => Buffer.alloc(32, 1);
        return s.trigger(secret, "e", { a: 1 });
      },
    },
    {
      name: "the shared secret",
      options,
      call: (s) => s.channelSharedSecret("private-encrypted-bla").toString("base64"),
    },
    { name: "the shared secret of any channel", options, call: (s) => s.channelSharedSecret("ä").toString("hex") },
    { name: "no shared secret without a key", call: (s) => s.channelSharedSecret("private-encrypted-bla") },
  ]);
});
