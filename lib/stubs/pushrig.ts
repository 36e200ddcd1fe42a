// Stands in for the package itself in bundles of an application that is built without mocks.
import { standIns } from "../server/server-only.js";

const WHY =
  "is not here: this application was built without mocks. Set USE_MOCKS=true, and start `next dev` or run `next build` again.";

export const {
  MockPusher,
  MockPusherServer,
  PusherMockState,
  channel,
  configure,
  createMockPusher,
  during,
  idle,
  listen,
  mark,
  network,
  onWebhook,
  pusherMockState,
  reset,
  sentWebhook,
  settledWebhooks,
  webhooks,
  why,
  writeTrace,
} = standIns(WHY);

export function MockPusherClient(): never {
  throw new Error(`pushrig: MockPusherClient ${WHY}`);
}

export function clientOptions(): never {
  throw new Error(`pushrig: clientOptions() ${WHY}`);
}
