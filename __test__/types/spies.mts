// A spy on a mock knows the whole call.
import { MockPusherServer, createMockPusher } from "pushrig";
import { vi } from "vitest";

for (const server of [new MockPusherServer({}), createMockPusher().server]) {
  const trigger = vi.spyOn(server, "trigger");
  trigger.mock.calls satisfies Array<
    [channel: string | string[], event: string, data: unknown, params?: { socket_id?: string; info?: string }]
  >;
  const length: 4 = {} as Required<Parameters<typeof trigger>>["length"];
  trigger.mockImplementation(async (...call: Parameters<MockPusherServer["trigger"]>) => {
    throw new Error(`${call[3]?.socket_id} of ${length}`);
  });
}
