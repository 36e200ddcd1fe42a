import { describe, expect, it } from "vitest";
import { results } from "../support/child";

const base = import.meta.url;
const modes = ["immediate", "network", "polling"];

describe("the process", () => {
  it.each(modes)("ends by itself with %s delivery, whatever the clients are waiting for", async (mode) => {
    expect(await results("idle.cjs", base, { args: [mode] })).toEqual(["said"]);
  });

  it.each(modes)("stays until an awaited trigger has resolved with %s delivery", async (mode) => {
    expect(await results("awaited.cjs", base, { args: [mode] })).toEqual([[200, 200]]);
  });

  it.runIf(process.platform === "linux")("gets no thread from loading or using the package", async () => {
    expect(await results("required.cjs", base)).toEqual([{ byLoading: 0, byUsing: 0 }]);
  });

  it.each(modes)("hears of errors in callbacks with `onCallbackError: throw` and %s delivery", async (mode) => {
    const [{ status, log }] = await results("throwing.cjs", base, { args: [mode] });
    expect(status).toBe(200);
    expect(log).toEqual(["a", "b", "uncaught of a", "uncaught of b"]);
  });
});
