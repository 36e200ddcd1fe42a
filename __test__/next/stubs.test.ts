import * as browser from "../../dist/browser.mjs";
import * as node from "../../dist/index.js";
import Pusher from "pusher";
import { describe, expect, it } from "vitest";
import PusherStub from "../../dist/stubs/pusher.js";
import * as stub from "../../dist/stubs/pushrig.js";

const credentials = { appId: "1", key: "key", secret: "secret", cluster: "eu" };

describe("in the place of npm pusher, in a bundle for browsers", () => {
  const Stub = PusherStub as any;

  it("a module with both sides can construct it", () => {
    for (const server of [new Stub(credentials), Stub.forURL("http://k:s@host/apps/1"), Stub.forCluster("eu", {})]) {
      expect(server).toBeInstanceOf(Stub);
    }
    expect(new Error("x")).not.toBeInstanceOf(Stub.RequestError);
  });

  it("every method says where to call it", () => {
    const server = new Stub(credentials);
    for (const name of Object.keys(Pusher.prototype)) {
      expect(() => server[name]("channel", "event", {})).toThrow(
        `pushrig: Pusher.${name}() is server-only: it needs the app's secret. Call it in an API route or a server action.`,
      );
    }
  });

  it("has the statics of npm pusher", () => {
    expect(Object.keys(Stub).toSorted()).toEqual(Object.keys(Pusher).toSorted());
  });
});

describe("in the place of the package, in an application without mocks", () => {
  it("has every export", () => {
    const names = (module: object) =>
      Object.keys(module).filter((name) => name !== "default" && name !== "module.exports");
    expect(names(stub).toSorted()).toEqual(names(node).toSorted());
    expect(names(stub).toSorted()).toEqual(names(browser).toSorted());
  });

  it("says why it is not the mock, whatever is called", () => {
    const { MockPusherServer, MockPusherClient, pusherMockState, ...functions } = stub as any;
    const calls: Array<() => unknown> = [
      () => new MockPusherServer(credentials).trigger("a", "e", {}),
      () => new MockPusherClient("key", { cluster: "eu" }),
      () => pusherMockState.getState(),
      ...["configure", "createMockPusher", "clientOptions", "listen", "reset", "network"].map(
        (name) => () => functions[name](),
      ),
    ];
    for (const call of calls) {
      expect(call).toThrow(
        /^pushrig: [\w.]+(\(\))? is not here: this application was built without mocks\. Set USE_MOCKS=true, and start/,
      );
    }
  });
});
