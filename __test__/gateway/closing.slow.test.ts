import { expect, it, vi } from "vitest";
import { results } from "../support/child";

// Each client here keeps its gateway waiting for a second, and machines are busy.
vi.setConfig({ testTimeout: 60_000 });

const base = import.meta.url;

it("the event loop turns while a gateway that was collected says goodbye to its client", async () => {
  const [turns] = await results("abandoned.cjs", base, { flags: ["--expose-gc"] });
  // A hundred thousand and more; one or two if the event loop stands still meanwhile.
  expect(turns).toBeGreaterThan(20);
});

it("files are read and keys derived while more gateways close than Node's pool has threads", async () => {
  expect(await results("closing-together.cjs", base)).toEqual([{ first: ["derived", "read"], closed: 8 }]);
});

it.runIf(process.platform === "linux")("no descriptor is left of gateways that are closed and still held", async () => {
  expect(await results("closed.cjs", base)).toEqual([{ held: 9, left: [] }]);
});

it("a worker ends without waiting for the clients of its gateway, whether that listens or closes", async () => {
  expect(await results("ended-workers.cjs", base)).toEqual([{ waited: [false, false] }]);
});

it("the process exits while a gateway that was closed waits for its client", async () => {
  expect(await results("exiting-closed.cjs", base)).toEqual(["exiting"]);
});
