// Which imports reach the mock when a test runner swaps it in, and what they get.
import { join } from "node:path";

const shims = {
  pusher: join(__dirname, "..", "shims", "pusher.js"),
  "pusher-js": join(__dirname, "..", "shims", "pusher-js.js"),
};

/**
 * Patterns over import specifiers, as text so that Jest can take them too, each with the file that stands in.
 *
 * Both packages offer the same thing under many paths (`pusher-js/with-encryption`, `/worker`, `/node`, `/dist/…`,
 * `pusher/lib/pusher`); all of them are the mock. Only the manifests stay real: tools read versions there.
 */
export const swaps: Readonly<Record<string, string>> = {
  "^pusher(?!/package\\.json$)(/.*)?$": shims.pusher,
  "^pusher-js(?!/package\\.json$)(/.*)?$": shims["pusher-js"],
};

const patterns = Object.entries(swaps).map(([pattern, file]) => ({ pattern: new RegExp(pattern), file }));

/** The absolute path of the file that stands in for an import specifier, if one does. */
export function standIn(specifier: string): string | undefined {
  return patterns.find(({ pattern }) => pattern.test(specifier))?.file;
}

/** When a test runner's integration resets the default rig: after each test, after each test file, or never. */
export type ResetPolicy = "test" | "file" | false;

/** Checks the option `reset` of an integration; `undefined` is `"test"`. */
export function resetPolicy(value: unknown): ResetPolicy {
  if (value === undefined) return "test";
  if (value === "test" || value === "file" || value === false) return value;
  throw new TypeError(`pushrig: reset must be "test", "file" or false, got ${JSON.stringify(value) ?? String(value)}`);
}
