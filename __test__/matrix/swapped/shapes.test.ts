// However `pusher` and `pusher-js` are asked for, and by whom, it is the mock, in the real packages' shape.
import { createRequire } from "node:module";
import * as commonjs from "dep-cjs";
import * as esmodule from "dep-esm";
import Pusher from "pusher";
import * as pusherNamespace from "pusher";
import PusherClient from "pusher-js";
import * as clientNamespace from "pusher-js";
import EncryptedClient from "pusher-js/with-encryption";
import { MockPusherClient, MockPusherServer } from "pushrig";

const load = createRequire(__filename);

describe("the swap", () => {
  it("holds for default and namespace imports in the source", () => {
    expect(Pusher).toBe(MockPusherServer);
    expect(pusherNamespace.default).toBe(MockPusherServer);
    expect(PusherClient).toBe(MockPusherClient);
    expect(clientNamespace.default).toBe(MockPusherClient);
    expect(EncryptedClient).toBe(MockPusherClient);
  });

  it("holds for require: the module itself is the class", () => {
    expect(load("pusher")).toBe(MockPusherServer);
    expect(load("pusher-js")).toBe(MockPusherClient);
    for (const path of ["with-encryption", "node", "worker", "dist/web/pusher.js"]) {
      expect(load(`pusher-js/${path}`)).toBe(MockPusherClient);
    }
  });

  it("holds for import()", async () => {
    expect((await import("pusher")).default).toBe(MockPusherServer);
    expect((await import("pusher-js/with-encryption")).default).toBe(MockPusherClient);
  });

  it("holds in a CommonJS dependency", () => {
    expect(commonjs.Server).toBe(MockPusherServer);
    expect(commonjs.Client).toBe(MockPusherClient);
    expect(commonjs.EncryptedClient).toBe(MockPusherClient);
  });

  it("holds in a dependency of ES modules", async () => {
    expect(esmodule.Server).toBe(MockPusherServer);
    expect(esmodule.Client).toBe(MockPusherClient);
    expect(await esmodule.loadClient()).toBe(MockPusherClient);
  });

  it("carries the statics that code reads off the classes", () => {
    expect(Pusher.forURL).toBeTypeOf("function");
    expect((Pusher as any).Token).toBeTypeOf("function");
    expect(PusherClient.instances).toBeInstanceOf(Array);
  });
});
