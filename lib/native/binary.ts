/** The addon as a file: whether it loads and fits this package, and whether there is another copy of it. */

import { fileURLToPath } from "node:url";
import { version } from "../../package.json";
import type * as Native from "../../binding.js";
import type * as WhyNot from "./why-not.js";

/** Loads the addon. Throws an Error that says what happened and which command fixes it. */
export function loaded(load: () => typeof Native): typeof Native {
  let native: typeof Native;
  try {
    native = load();
  } catch (error) {
    // Loaded where it is needed, which is nowhere most of the time.
    const { whyNot } = require("./why-not.js") as typeof WhyNot;
    throw whyNot(error as Error);
  }
  checkVersion(native);
  lookForCopies(native);
  return native;
}

/** Package and binary are published together; any other pair would fail later, and less clearly. */
function checkVersion(native: typeof Native): void {
  const found = native.version();
  if (found === version) return;
  throw Object.assign(
    new Error(
      `pushrig: the package has version ${version}, but its binary ${place(native)} has ${found}.\n` +
        `To install the one that belongs to it: npm install --include=optional pushrig@${version}\n` +
        "If that changes nothing, first delete node_modules and package-lock.json. More in docs/installing.md.",
    ),
    { code: "PUSHRIG_BINARY" },
  );
}

/** Binaries that were loaded on this thread: where from, by the broker they brought. */
const KEY = Symbol.for("pushrig.binaries.v1");

/** Two files are two brokers: what is triggered in one never arrives in the other. That is said once. */
function lookForCopies(native: typeof Native): void {
  const holder = process as { [KEY]?: { places: Map<string, string>; warned: boolean } };
  const seen = (holder[KEY] ??= { places: new Map(), warned: false });
  const broker = native.brokerIdentity();
  if (seen.places.has(broker)) return;
  seen.places.set(broker, place(native));
  if (seen.places.size === 1 || seen.warned) return;
  seen.warned = true;
  const [first, second] = seen.places.values();
  console.warn(
    `pushrig: two copies of it are loaded in this process, and they do not hear each other:\n  ${first}\n  ${second}\n` +
      "Let there be one: npm dedupe, or the same version wherever it is asked for (npm ls pushrig shows by whom).",
  );
}

function place(native: typeof Native): string {
  const url = native.moduleUrl();
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
