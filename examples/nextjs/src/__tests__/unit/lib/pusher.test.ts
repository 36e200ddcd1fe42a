import Pusher from "pusher";
import PusherClient from "pusher-js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

describe("USE_MOCKS=false", () => {
  it("should use the real packages, with the credentials of the environment", async () => {
    vi.stubEnv("USE_MOCKS", "false");
    vi.stubEnv("PUSHER_APP_ID", "1");
    vi.stubEnv("PUSHER_KEY", "a-key");
    vi.stubEnv("PUSHER_SECRET", "a-secret");
    vi.stubEnv("PUSHER_CLUSTER", "eu");
    vi.stubEnv("NEXT_PUBLIC_PUSHER_KEY", "a-key");
    vi.stubEnv("NEXT_PUBLIC_PUSHER_CLUSTER", "eu");
    vi.resetModules();

    const { pusherServer, getPusherClient } = await import("@/lib/pusher");
    expect(pusherServer).toBeInstanceOf(Pusher);
    expect((pusherServer as unknown as { config: object }).config).toMatchObject({ host: "api-eu.pusher.com" });

    const client = getPusherClient();
    client.disconnect(); // before it has looked for the service
    expect(client).toBeInstanceOf(PusherClient);
    expect(client.key).toBe("a-key");
  });
});
