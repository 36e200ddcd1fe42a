// Added to the application: a route in the Edge runtime, where there is no addon.
import { MockPusherServer } from "pushrig";

export const runtime = "edge";

const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" });

export function GET() {
  try {
    server.trigger("task-1", "new-message", {});
    return new Response("published");
  } catch (error) {
    return new Response((error as Error).message, { status: 501 });
  }
}
