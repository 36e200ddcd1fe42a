/** Whether Pusher is the mock. In the browser this was settled when the bundle was built. */
export const USE_MOCKS = process.env.USE_MOCKS === "true";

/** What the mock's default app is called. */
const mockPusher = {
  PUSHER_APP_ID: "mock-app-id",
  PUSHER_KEY: "mock-pusher-key",
  PUSHER_SECRET: "mock-pusher-secret",
  PUSHER_CLUSTER: "mock-cluster",
  NEXT_PUBLIC_PUSHER_KEY: "mock-pusher-key",
  NEXT_PUBLIC_PUSHER_CLUSTER: "mock-cluster",
};

/** Each variable is written out, because bundlers replace `process.env.NAME` and nothing else. */
const realPusher = {
  PUSHER_APP_ID: process.env.PUSHER_APP_ID ?? "",
  PUSHER_KEY: process.env.PUSHER_KEY ?? "",
  PUSHER_SECRET: process.env.PUSHER_SECRET ?? "",
  PUSHER_CLUSTER: process.env.PUSHER_CLUSTER ?? "",
  NEXT_PUBLIC_PUSHER_KEY: process.env.NEXT_PUBLIC_PUSHER_KEY ?? "",
  NEXT_PUBLIC_PUSHER_CLUSTER: process.env.NEXT_PUBLIC_PUSHER_CLUSTER ?? "",
};

export const env = USE_MOCKS ? mockPusher : realPusher;
