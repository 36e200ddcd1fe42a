import Pusher from "pusher";
import { describe, expect, it, vi } from "vitest";
import { MockPusherServer } from "../../lib/server/server.js";
import { describeError } from "../support/outcome.js";
import { freshRig } from "../support/server-rig.js";

vi.mock("../../lib/app/rigs.js", () => import("../support/server-rig.js"));

const options = { appId: "3", key: "the-key", secret: "the-secret", cluster: "eu" };
const real = () => new Pusher(options) as any;
const mock = () => new MockPusherServer(options) as any;

describe("the class has the surface of npm pusher", () => {
  it("on its instances", () => {
    expect(Object.keys(mock())).toStrictEqual(Object.keys(real()));
    expect(Object.keys(mock())).toStrictEqual(["config"]);
  });

  it("on its prototype, enumerable and in order", () => {
    expect(Object.keys(MockPusherServer.prototype)).toStrictEqual(Object.keys(Pusher.prototype));
    const inLoop: string[] = [];
    for (const name in mock()) inLoop.push(name);
    expect(inLoop).toStrictEqual(["config", ...Object.keys(Pusher.prototype)]);
  });

  it("in its statics", () => {
    expect(Object.keys(MockPusherServer)).toStrictEqual(Object.keys(Pusher));
    expect("WebHook" in MockPusherServer).toBe(false);
  });

  it("in the number of parameters", () => {
    for (const name of Object.keys(Pusher.prototype)) {
      expect([name, mock()[name].length]).toStrictEqual([name, real()[name].length]);
    }
  });

  it("with authenticate being authorizeChannel", () => {
    expect(MockPusherServer.prototype.authenticate).toBe(MockPusherServer.prototype.authorizeChannel);
  });

  it("with methods that need their server, as there", () => {
    const message = (call: () => unknown) => {
      try {
        return call();
      } catch (error) {
        return (error as Error).constructor.name;
      }
    };
    const { trigger, authorizeChannel } = mock();
    const { trigger: realTrigger, authorizeChannel: realAuthorize } = real();
    expect(message(() => trigger("a", "e", {}))).toBe(message(() => realTrigger("a", "e", {})));
    expect(message(() => authorizeChannel("1.1", "a"))).toBe(message(() => realAuthorize("1.1", "a")));
    expect(trigger.call(mock(), "a", "e", {})).toBeInstanceOf(Promise);
  });

  it("through a proxy, a subclass and a derived object", async () => {
    class Mine extends MockPusherServer {}
    for (const server of [new Proxy(mock(), {}), new Mine(options), Object.create(mock())]) {
      const rig = freshRig();
      const { status } = await (server instanceof Mine ? new Mine(options) : server).trigger("a", "e", {});
      expect(status).toBe(200);
      expect(rig.calls.length).toBeLessThanOrEqual(1);
    }
  });

  it("with a spied post that sees every trigger", async () => {
    const server = mock();
    const post = vi.spyOn(server, "post");
    await server.trigger("a", "e", { x: 1 }, { socket_id: "1.2" });
    expect(post).toHaveBeenCalledExactlyOnceWith({
      path: "/events",
      body: { name: "e", data: '{"x":1}', channels: ["a"], socket_id: "1.2" },
    });
  });

  it("with a subclass whose post sees every trigger", async () => {
    const paths: string[] = [];
    class Mine extends MockPusherServer {
      override post(options: any) {
        paths.push(options.path);
        return super.post(options);
      }
    }
    await new Mine(options).trigger("a", "e", {});
    expect(paths).toStrictEqual(["/events"]);
  });
});

describe("Token is that of npm pusher", () => {
  const pair = () => [new MockPusherServer.Token("k", "s"), new (Pusher as any).Token("k", "s")] as any[];

  it("signs", () => {
    const [mock, real] = pair();
    for (const text of ["", "text", "żółć 🎈"]) expect(mock.sign(text)).toBe(real.sign(text));
    expect({ ...mock }).toStrictEqual({ ...real });
  });

  it("verifies", () => {
    const [mock, real] = pair();
    const good = real.sign("text");
    for (const signature of [good, "", good.replace(/.$/, "x"), good.toUpperCase(), "ü".repeat(64)]) {
      expect([signature, mock.verify("text", signature)]).toStrictEqual([signature, real.verify("text", signature)]);
    }
  });

  it("throws without a signature, text or secret", () => {
    const thrown = (call: () => unknown) => {
      try {
        return call();
      } catch (error) {
        return describeError(error);
      }
    };
    const [mock, real] = pair();
    expect(thrown(() => mock.verify("text"))).toStrictEqual(thrown(() => real.verify("text")));
    expect(thrown(() => mock.sign())).toStrictEqual(thrown(() => real.sign()));
    const [noSecret, realNoSecret] = [MockPusherServer.Token, (Pusher as any).Token].map(
      (Token: any) => new Token("k"),
    );
    expect(thrown(() => noSecret.sign("text"))).toStrictEqual(thrown(() => realNoSecret.sign("text")));
  });
});

describe("errors are those of npm pusher", () => {
  it.each(["RequestError", "WebHookError"] as const)("%s", (name) => {
    const make = (Class: any) => new Class[name]("message", "two", new Error("three"), 4, "five");
    const [mock, real] = [make(MockPusherServer), make(Pusher)];
    expect(describeError(mock)).toStrictEqual(describeError(real));
    expect(mock).toBeInstanceOf(Error);
    expect(mock).toBeInstanceOf(MockPusherServer[name]);
    expect(mock.stack.split("\n")[0]).toBe(real.stack.split("\n")[0]);
    expect({ ...mock, stack: "" }).toStrictEqual({ ...real, stack: "" });
    expect(String(mock)).toBe(String(real));
  });

  it("and can be told from other errors", () => {
    expect(new Error("x")).not.toBeInstanceOf(MockPusherServer.RequestError);
    const webhook = new MockPusherServer.WebHookError("m", "c", "b", "s");
    expect(webhook).not.toBeInstanceOf(MockPusherServer.RequestError);
  });
});
