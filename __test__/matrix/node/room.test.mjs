// `--import pushrig/register` swaps the SDKs in any runner: this file runs under `node --test` and under Mocha.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as esmodule from "dep-esm";
import Pusher from "pusher";
import PusherClient from "pusher-js/with-encryption";
import { MockPusherClient, MockPusherServer, channel, pusherMockState } from "pushrig";
import * as assertPusher from "pushrig/assert";

const { afterEach, describe, it } = globalThis.describe ? globalThis : await import("node:test");
const load = createRequire(import.meta.url);

describe("pushrig/register", () => {
  afterEach(() => pusherMockState.reset());

  it("swaps imports and requires, in dependencies too", () => {
    assert.equal(Pusher, MockPusherServer);
    assert.equal(load("pusher"), MockPusherServer);
    assert.equal(load("dep-cjs").Renamed, MockPusherClient);
    assert.equal(esmodule.Server, MockPusherServer);
    assert.equal(esmodule.Renamed, MockPusherClient);
  });

  it("delivers before trigger returns", () => {
    const heard = [];
    new PusherClient("key", { cluster: "eu" }).subscribe("room").bind("hello", (data) => heard.push(data));
    void new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "eu" }).trigger("room", "hello", { n: 1 });
    assert.deepEqual(heard, [{ n: 1 }]);
  });

  it("asserts with functions what matchers say elsewhere", async () => {
    const client = new PusherClient("key", { cluster: "eu" });
    client.subscribe("room").bind("hello", () => {});
    await new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "eu" }).trigger("room", "hello", { n: 1 });
    assertPusher.triggered(channel("room"), "hello", { n: 1 });
    assertPusher.subscribers(channel("room"), 1);
    assertPusher.received(client, "room", "hello");
    await assertPusher.receives(client, "room", "hello", { n: 1 });
    await assertPusher.doesNotReceive(client, "room", "bye");
    assert.throws(() => assertPusher.notTriggered(channel("room"), "hello"), {
      name: "AssertionError",
      code: "ERR_ASSERTION",
      message: /^expected "room" not to have triggered "hello", but it did:\n.*[ /]room\.test\.mjs:\d+:\d+$/,
    });
  });
});
