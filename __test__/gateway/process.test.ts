import { describe, expect, it, vi } from "vitest";
import { results } from "../support/child";

// Sockets and processes take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const base = import.meta.url;

describe("the process", () => {
  it("stays while a gateway listens, whatever fake timers do, and ends after it is closed", async () => {
    expect(await results("listening.cjs", base)).toEqual(["still there", "closed"]);
  });

  it("ends cleanly with open sockets after unref()", async () => {
    expect(await results("unreferenced.cjs", base)).toEqual(["connected"]);
  });

  it("exits cleanly from the middle of a storm", async () => {
    expect(await results("exiting.cjs", base)).toEqual(["exiting"]);
  });

  it("has one gateway per port, also for a second copy of the package", async () => {
    expect(await results("copies.cjs", base)).toEqual([{ copies: true, same: true, ports: true }, true]);
  });

  it("is of the copy that listens, also where a hot reload has forgotten that before it did", async () => {
    const [heard] = await results("forgotten.cjs", base);
    expect(heard).toEqual({ statuses: [200, 200], seen: ["default mock-pusher-key"] });
  });
});
