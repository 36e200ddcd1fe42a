import { describe, vi } from "vitest";
import { behavesAsTheSdk } from "../support/beside-the-sdk.js";

vi.mock("../../lib/app/rigs.js", () => import("../support/server-rig.js"));

const event = (fields: object = {}) => ({ channel: "a", name: "e", data: { x: 1 }, ...fields });

describe("triggerBatch is that of npm pusher", () => {
  behavesAsTheSdk([
    { name: "two events", call: (s) => s.triggerBatch([event(), event({ channel: "b", data: "text" })]) },
    { name: "no event", call: (s) => s.triggerBatch([]) },
    { name: "all parameters", call: (s) => s.triggerBatch([event({ socket_id: "1.2", info: "user_count", more: 1 })]) },
    { name: "keys in the order of the caller", call: (s) => s.triggerBatch([{ data: 1, name: "e", channel: "a" }]) },
    { name: "undefined data", call: (s) => s.triggerBatch([event({ data: undefined })]) },
    {
      name: "eleven events: the service decides",
      call: (s) => s.triggerBatch(Array.from({ length: 11 }, () => event())),
    },
    { name: "an illegal channel: the service decides", call: (s) => s.triggerBatch([event({ channel: "ä b" })]) },
    { name: "a long name: the service decides", call: (s) => s.triggerBatch([event({ name: "e".repeat(201) })]) },
    { name: "an illegal socket id: the service decides", call: (s) => s.triggerBatch([event({ socket_id: "x" })]) },
    {
      name: "replaces the caller's data by its text",
      call: async (s) => {
        const batch = [event(), event({ data: "text" }), event({ data: null })];
        await s.triggerBatch(batch);
        return batch;
      },
    },
    {
      name: "sending the same batch again sends the same",
      call: async (s) => {
        const batch = [event()];
        await s.triggerBatch(batch);
        return s.triggerBatch(batch);
      },
    },
    { name: "undefined", call: (s) => s.triggerBatch() },
    { name: "an event without a channel", call: (s) => s.triggerBatch([{ name: "e", data: 1 }]) },
    { name: "an undefined event", call: (s) => s.triggerBatch([undefined]) },
    { name: "a BigInt", call: (s) => s.triggerBatch([event({ data: 1n })]) },
    { name: "a frozen event", call: (s) => s.triggerBatch([Object.freeze(event())]) },
    {
      name: "a refusal",
      answers: [{ status: 400, body: "Batch too large (11 > 10)\n" }],
      call: (s) => s.triggerBatch([]),
    },
  ]);
});

describe("sendToUser is that of npm pusher", () => {
  behavesAsTheSdk([
    { name: "an object", call: (s) => s.sendToUser("u1", "e", { a: 1 }) },
    { name: "a string", call: (s) => s.sendToUser("u1", "e", "text") },
    { name: "undefined data", call: (s) => s.sendToUser("u1", "e") },
    { name: "any id that is a string", call: (s) => s.sendToUser("ä b/c", "e", {}) },
    { name: "an id that makes a channel of over 200", call: (s) => s.sendToUser("u".repeat(300), "e", {}) },
    { name: "an empty id", call: (s) => s.sendToUser("", "e", {}) },
    { name: "an id that is a number", call: (s) => s.sendToUser(1, "e", {}) },
    { name: "an undefined id", call: (s) => s.sendToUser(undefined, "e", {}) },
    { name: "a long event before the id", call: (s) => s.sendToUser("", "e".repeat(201), {}) },
    { name: "an undefined event", call: (s) => s.sendToUser("u1") },
    { name: "an empty event", call: (s) => s.sendToUser("u1", "", {}) },
    { name: "cyclic data", call: (s) => s.sendToUser("u1", "e", { b: 1n }) },
  ]);
});

describe("terminateUserConnections is that of npm pusher", () => {
  behavesAsTheSdk([
    { name: "a user", call: (s) => s.terminateUserConnections("u1") },
    { name: "an id that is not encoded", call: (s) => s.terminateUserConnections("jürgen müller") },
    { name: "an empty id", call: (s) => s.terminateUserConnections("") },
    { name: "a number", call: (s) => s.terminateUserConnections(1) },
    { name: "null", call: (s) => s.terminateUserConnections(null) },
    {
      name: "through the server's post",
      call: (s) => {
        s.post = (options: unknown) => ({ posted: options });
        return s.terminateUserConnections("u1");
      },
    },
    {
      name: "as are triggers",
      call: (s) => {
        s.post = (options: unknown) => ({ posted: options });
        return [
          s.trigger("a", "e", { a: 1 }),
          s.trigger(["a", "b"], "e", "x", { info: "i" }),
          s.sendToUser("u", "e", 1),
        ];
      },
    },
    {
      name: "as are batches",
      call: (s) => {
        s.post = (options: unknown) => ({ posted: options });
        return s.triggerBatch([event()]);
      },
    },
  ]);
});
