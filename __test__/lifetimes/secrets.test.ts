import { expect, it } from "vitest";
import { results } from "../support/child";

it(
  "the first secret of a key holds in every thread, until one of them resets the app",
  { timeout: 30_000 },
  async () => {
    const [refused, believed, first, second] = await results("secrets.cjs", import.meta.url);
    expect(refused).toEqual({
      status: 401,
      warnings: [
        expect.stringMatching(
          /^pushrig: two servers .* made at \S+secrets\.cjs:10:18, .* made at \S+secrets\.cjs:29:18, /,
        ),
      ],
    });
    expect(believed).toEqual([200, 200]);
    expect(first).toEqual({ status: 200, warnings: [] });
    expect(second).toBe(401);
  },
);
