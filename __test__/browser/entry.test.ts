import * as node from "pushrig";
import PusherJs from "pusher-js";
import { afterEach, describe, expect, it } from "vitest";
import * as browser from "../../dist/browser.mjs";
import * as edge from "../../dist/edge.mjs";

const credentials = { appId: "1", key: "key", secret: "secret", cluster: "mock-cluster" };
const namesOf = (module: object) => Object.keys(module).filter((name) => name !== "default");
const methodsOf = (Class: { prototype: object }) =>
  Object.getOwnPropertyNames(Class.prototype).filter((name) => name !== "constructor");

describe.each([
  { where: "a browser", entry: browser, reason: "there is no broker in a browser" },
  { where: "an Edge runtime", entry: edge, reason: 'export const runtime = "nodejs"' },
])("in $where", ({ entry, reason }) => {
  it("has every named export that Node has, and no other", () => {
    expect(namesOf(entry).toSorted()).toEqual(namesOf(node).toSorted());
  });

  it("lets a shared module construct the server, also for a URL or a cluster", () => {
    const { MockPusherServer } = entry as any;
    for (const server of [
      new MockPusherServer(credentials),
      MockPusherServer.forURL("http://key:secret@localhost:6001/apps/1"),
      new (MockPusherServer.forURL as any)("http://key:secret@localhost:6001/apps/1"),
      MockPusherServer.forCluster("eu", credentials),
    ]) {
      expect(server).toBeInstanceOf(MockPusherServer);
    }
  });

  it.each(methodsOf(node.MockPusherServer))("says that server.%s() is server-only", (method) => {
    const server = new (entry.MockPusherServer as any)(credentials);
    expect(() => server[method]()).toThrow(`pushrig: MockPusherServer.${method}() is server-only: `);
    expect(() => server[method]()).toThrow(reason);
  });

  it.each(methodsOf(node.PusherMockState))("says that pusherMockState.%s() is server-only", (method) => {
    const state = entry.pusherMockState as any;
    expect(() => state[method]()).toThrow(`pushrig: PusherMockState.${method}() is server-only: `);
  });

  it.each(["configure", "createMockPusher", "listen", "network", "reset"] as const)(
    "says that %s() is server-only",
    (name) => {
      expect(() => (entry[name] as () => void)()).toThrow(`pushrig: ${name}() is server-only: `);
    },
  );

  it("refuses to make a world", () => {
    expect(() => new (entry.MockPusher as any)()).toThrow("pushrig: new MockPusher() is server-only: ");
  });

  it("has the server's classes of errors, so that `instanceof` works", () => {
    const statics = Object.keys(node.MockPusherServer).filter((name) => name !== "prototype");
    expect(Object.keys(entry.MockPusherServer).toSorted()).toEqual(statics.toSorted());
    expect(new Error("another") instanceof entry.MockPusherServer.RequestError).toBe(false);
  });
});

it("an Edge runtime is told how to connect all the same", () => {
  expect(() => new (edge.MockPusherClient as any)("key", { cluster: "eu" })).toThrow("pusher-js/worker");
  expect(edge.clientOptions({ url: "http://localhost:7001" })).toMatchObject({ wsHost: "localhost", wsPort: 7001 });
});

describe("the browser's client", () => {
  afterEach(() => {
    for (const client of PusherJs.instances.splice(0)) client.disconnect();
    PusherJs.logToConsole = false;
  });

  // Where pusher-js itself runs in Node, the entry needs nothing else of a browser than the page's address.
  const page = { protocol: "http:", hostname: "app.localhost" };
  const onPage = <T>(action: () => T): T => {
    Object.assign(globalThis, { location: page });
    try {
      return action();
    } finally {
      Reflect.deleteProperty(globalThis, "location");
    }
  };
  const connect = (options: object) => onPage(() => new browser.MockPusherClient("key", options as never));

  it("is pusher-js, pointed at the page's host", () => {
    const client = connect({ cluster: "eu" });
    expect(client).toBeInstanceOf(PusherJs);
    expect(client).toBeInstanceOf(browser.MockPusherClient);
    expect(client.config).toMatchObject({ cluster: "eu", wsHost: "app.localhost", wsPort: 6001, useTLS: false });
  });

  it("takes for a key and a cluster that are given as undefined the mock's", () => {
    const options = { cluster: undefined } as never;
    const client = onPage(() => new browser.MockPusherClient(undefined as never, options));
    expect(client).toMatchObject({ key: "mock-pusher-key", config: { cluster: "mock-cluster" } });
  });

  it("shares its statics with pusher-js, because they are one class", () => {
    const client = connect({ cluster: "eu" });
    expect(browser.MockPusherClient.instances).toBe(PusherJs.instances);
    expect(PusherJs.instances).toContain(client);
    browser.MockPusherClient.logToConsole = true;
    expect(PusherJs.logToConsole).toBe(true);
  });

  it("can be extended", () => {
    class Client extends browser.MockPusherClient {
      greet(): string {
        return `hello from ${this.config.wsHost}`;
      }
    }
    const client = onPage(() => new Client("key", { cluster: "eu" }));
    expect(client.greet()).toBe("hello from app.localhost");
  });

  it("refuses what pusher-js refuses, in its words", () => {
    const thrownBy = (action: () => unknown) => {
      try {
        return action();
      } catch (error) {
        return error;
      }
    };
    for (const options of [{}, { cluster: null }]) {
      expect(thrownBy(() => connect(options))).toBe("Options object must provide a cluster");
    }
    expect(thrownBy(() => onPage(() => new browser.MockPusherClient(null as never, { cluster: "eu" })))).toBe(
      "You must pass your app key when you instantiate Pusher.",
    );
    expect(thrownBy(() => new browser.MockPusherClient("key", undefined as never))).toBe(
      "You must pass an options object",
    );
  });
});
