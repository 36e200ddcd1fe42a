// The configuration names the application's route, and clients only its endpoint. Also on a page that has no class for a request, as under
// Jest's jsdom.
import PusherClient from "pusher-js";

// The very module that the route imports: the runner has evaluated both.
import { session } from "./app/session";

const connect = (options: object) => new PusherClient("mock-pusher-key", { cluster: "mock-cluster", ...options });
const settled = (channel: any) =>
  new Promise<any>((resolve) => {
    channel.bind("pusher:subscription_succeeded", resolve);
    channel.bind("pusher:subscription_error", resolve);
  });

describe("the route of the configuration", () => {
  it.each([
    ["channelAuthorization", { channelAuthorization: { endpoint: "/api/pusher/auth", transport: "ajax" } }],
    ["authEndpoint", { authEndpoint: "/api/pusher/auth" }],
    ["a host", { authEndpoint: "https://app.example/api/pusher/auth?from=tab" }],
  ])("answers a client that names the endpoint by %s", async (_how, options) => {
    session.userId = "ada";
    const room = connect(options).subscribe("presence-room");
    const members = await settled(room);
    expect(members.myID).toBe("ada");
  });

  it("refuses as it does in production", async () => {
    session.userId = "nobody";
    const room = connect({ authEndpoint: "/api/pusher/auth" }).subscribe("private-room");
    expect(await settled(room)).toMatchObject({ status: 403 });
  });

  it("is not asked for another endpoint", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    session.asked = 0;
    await settled(connect({ authEndpoint: "/elsewhere" }).subscribe("private-room"));
    expect(session.asked).toBe(0);
  });

  it("leaves a client alone that brings its own", async () => {
    session.asked = 0;
    const own = vi.fn(() => new Response("no", { status: 401 }));
    const room = connect({ authEndpoint: "/api/pusher/auth", authorize: own }).subscribe("private-room");
    expect(await settled(room)).toMatchObject({ status: 401 });
    expect(session.asked).toBe(0);
  });
});
