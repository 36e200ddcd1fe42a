import { describe, vi } from "vitest";
import { behavesAsTheSdk } from "../support/beside-the-sdk.js";

vi.mock("../../lib/app/rigs.js", () => import("../support/server-rig.js"));

const reserved = ["auth_key", "auth_timestamp", "auth_version", "auth_signature", "body_md5"];

describe("get is that of npm pusher", () => {
  behavesAsTheSdk([
    { name: "/channels", call: (s) => s.get({ path: "/channels" }) },
    { name: "a channel with a dot", call: (s) => s.get({ path: "/channels/a.b" }) },
    {
      name: "parameters, sorted",
      call: (s) => s.get({ path: "/channels", params: { info: "user_count", filter_by_prefix: "presence-" } }),
    },
    { name: "an array as a list", call: (s) => s.get({ path: "/channels", params: { info: ["a", "b"] } }) },
    {
      name: "numbers, null and undefined as text",
      call: (s) => s.get({ path: "/x", params: { a: 1, b: null, c: undefined } }),
    },
    { name: "an inherited parameter", call: (s) => s.get({ path: "/channels", params: Object.create({ info: "x" }) }) },
    { name: "no parameters", call: (s) => s.get({ path: "/channels", params: {} }) },
    { name: "null as parameters", call: (s) => s.get({ path: "/channels", params: null }) },
    { name: "umlauts in a parameter", call: (s) => s.get({ path: "/channels", params: { filter_by_prefix: "ü" } }) },
    { name: "a space in a parameter", call: (s) => s.get({ path: "/channels", params: { filter_by_prefix: "a b" } }) },
    { name: "upper case in a parameter's name", call: (s) => s.get({ path: "/channels", params: { Info: "x" } }) },
    { name: "a method that is overridden", call: (s) => s.get({ path: "/channels", method: "POST" }) },
    { name: "an empty body", call: (s) => s.get({ path: "/channels", body: "" }) },
    { name: "a body, which a GET cannot have", call: (s) => s.get({ path: "/channels", body: { a: 1 } }) },
    { name: "options that are missing", call: (s) => s.get(), inProcess: false },
    { name: "a symbol as a parameter", call: (s) => s.get({ path: "/channels", params: { info: Symbol("x") } }) },
    {
      name: "JSON in the answer",
      answers: [{ body: '{"channels":{"a":{}}}' }],
      call: async (s) => (await s.get({ path: "/channels" })).json(),
    },
    {
      name: "a refusal",
      answers: [{ status: 404, body: "404 NOT FOUND\n" }],
      call: (s) => s.get({ path: "/nowhere" }),
    },
    ...reserved.map((name) => ({
      name: `${name} belongs to the signature`,
      call: (s: any) => s.get({ path: "/channels", params: { [name]: "mine" } }),
    })),
    { name: "as does constructor, by accident", call: (s) => s.get({ path: "/channels", params: { constructor: 1 } }) },
  ]);
});

describe("post is that of npm pusher", () => {
  behavesAsTheSdk([
    { name: "an object", call: (s) => s.post({ path: "/events", body: { name: "e", channels: ["a"], data: "x" } }) },
    { name: "a string, as JSON", call: (s) => s.post({ path: "/events", body: '{"name":"e"}' }) },
    { name: "no body", call: (s) => s.post({ path: "/events" }) },
    { name: "null", call: (s) => s.post({ path: "/events", body: null }) },
    { name: "0, which is no body", call: (s) => s.post({ path: "/events", body: 0 }) },
    { name: "a function, which has no JSON", call: (s) => s.post({ path: "/events", body: () => 1 }) },
    { name: "with parameters", call: (s) => s.post({ path: "/events", body: {}, params: { a: "b" } }) },
    { name: "a cyclic body", call: (s) => s.post({ path: "/events", body: { a: 1n } }) },
    {
      name: "the body before the parameters",
      call: (s) => s.post({ path: "/", body: { a: 1n }, params: { body_md5: 1 } }),
    },
    { name: "reserved parameters", call: (s) => s.post({ path: "/events", body: {}, params: { body_md5: "x" } }) },
    { name: "a refusal", answers: [{ status: 413, body: "no\n" }], call: (s) => s.post({ path: "/events", body: {} }) },
  ]);
});

describe("createSignedQueryString is that of npm pusher", () => {
  const sign = (options: object | undefined) => (s: any) => s.createSignedQueryString(options);
  behavesAsTheSdk([
    { name: "of a GET", call: sign({ method: "GET", path: "/apps/3/channels" }) },
    { name: "of a method in lower case", call: sign({ method: "get", path: "/apps/3/channels" }) },
    { name: "of a body", call: sign({ method: "POST", path: "/apps/3/events", body: '{"a":"ü"}' }) },
    { name: "of an empty body", call: sign({ method: "POST", path: "/apps/3/events", body: "" }) },
    {
      name: "of parameters, unencoded",
      call: sign({ method: "GET", path: "/x", params: { b: "1&2", A: "ä +", "a[]": [1, 2] } }),
    },
    { name: "of a body that is no string", call: sign({ method: "POST", path: "/x", body: { a: 1 } }) },
    { name: "of reserved parameters", call: sign({ method: "GET", path: "/x", params: { auth_key: "x" } }) },
    { name: "of no method", call: sign({ path: "/x" }) },
    { name: "of nothing", call: sign(undefined) },
    {
      name: "after 2038, when seconds no longer fit",
      call: (s) => {
        vi.setSystemTime(new Date("2040-01-01"));
        return s.createSignedQueryString({ method: "GET", path: "/x" });
      },
    },
    {
      name: "with a secret that is null",
      options: { secret: null },
      call: (s) => s.createSignedQueryString({ method: "GET", path: "/x" }),
    },
  ]);
});
