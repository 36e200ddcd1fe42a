import { expect, it } from "vitest";
import { TabProbe } from "../../lib/tab/probe.js";
import { Remote } from "../../lib/remote/remote.js";

// Nobody is asked: what is wrong is said before.
const channels = {
  "in a page": new TabProbe("task-1"),
  "from outside": new Remote("http://127.0.0.1:9").channel("task-1"),
};

it.each(Object.entries(channels))(
  "options in the place of data are refused %s as they are in Node",
  async (_where, channel) => {
    for (const method of ["triggered", "received"] as const) {
      await expect(channel[method]("e", { timeout: 50 } as never)).rejects.toThrow(
        `pushrig: {"timeout":50} stands where channel("task-1").${method}() takes data. Options come behind that: ` +
          `${method}("e", undefined, {"timeout":50}). If it is the data, give options as well: ${method}("e", {"timeout":50}, {})`,
      );
    }
  },
);

it("options in the place of a webhook's event are refused from outside as they are in Node", async () => {
  await expect(new Remote("http://127.0.0.1:9").sentWebhook("cache_miss", { timeout: 50 } as never)).rejects.toThrow(
    'sentWebhook("cache_miss", undefined, {"timeout":50})',
  );
});
