/** What holds where nobody says otherwise. */

/** The default app's, which the mock uses where those of the application are undefined. */
export const MOCK_CREDENTIALS = {
  appId: "mock-app-id",
  key: "mock-pusher-key",
  secret: "mock-pusher-secret",
  cluster: "mock-cluster",
} as const;

/** Where a gateway listens: on this machine only. */
export const DEFAULT_HOST = "127.0.0.1";
export const DEFAULT_PORT = 6001;
