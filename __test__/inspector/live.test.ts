import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Live } from "../../lib/inspector/live";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A gateway that refuses whatever is asked: with each of these once, and then for want of a token, which is the end. */
function refusing(...refusals: Array<[status: number, code: string]>): Live {
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("fetch", () => {
    const [status, code] = refusals.shift() ?? [401, "unauthorized"];
    return Promise.resolve(new Response(JSON.stringify({ error: { code, message: `pushrig: ${code}` } }), { status }));
  });
  return new Live("http://127.0.0.1:6001");
}

/** The states of the link, until it is left at one. */
async function states(live: Live): Promise<string[]> {
  const seen: string[] = [];
  live.link.subscribe((link) => void seen.push(link));
  live.start();
  while (seen.at(-1) !== "token") await vi.advanceTimersByTimeAsync(100);
  return seen;
}

it.each([
  ["is about to close", 503, "closing", "away"],
  ["is closed", 410, "closed", "away"],
  ["cannot answer now", 503, "unavailable", "away"],
  ["has no such app", 404, "unknown-app", "failed"],
])("says of a gateway that %s what it is", async (_, status, code, link) => {
  // State and webhooks are asked for at once.
  const live = refusing([status, code], [status, code]);
  expect(await states(live)).toEqual(["connecting", link, "token"]);
});
