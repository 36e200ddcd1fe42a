/**
 * The native half. Everything else in `lib/` reaches the addon through this file, which loads it on the first use: an
 * application that imports the mock without using it, such as one in production, needs no binary.
 */

import type * as Native from "../../binding.js";
import { loaded } from "./binary.js";
import { ownBinary } from "./own-binary.js";

/** The addon's exports. To ask for the first one loads it; from then on they are plain properties, because every trigger reads some. */
export const native = Object.create(
  new Proxy({}, { get: (_target, name) => load()[name as keyof typeof Native] }),
) as typeof Native;

function load(): typeof Native {
  const addon = loaded(() => ownBinary() ?? (require("../../binding.js") as typeof Native));
  Object.setPrototypeOf(native, null);
  Object.assign(native, addon);
  for (const [name, Base] of bases) {
    // What is made of them has the addon's methods, and is an instance of its classes.
    Object.setPrototypeOf(Base, addon[name]);
    Object.setPrototypeOf(Base.prototype as object, addon[name].prototype);
  }
  return addon;
}

type ClassName = "MockPusherServer" | "MockPusherClient";

/**
 * A class to derive from before the addon is there: the first construction loads it. What is constructed is an ordinary
 * object, not one of the addon's own: docs/decisions/0013-ordinary-objects.md tells why.
 */
function base<Name extends ClassName>(name: Name): (typeof Native)[Name] {
  const Base = function (): void {
    void native[name];
  };
  Object.defineProperty(Base, "name", { value: name });
  return Base as unknown as (typeof Native)[Name];
}

export const NativePusherServer = base("MockPusherServer");
export const NativePusherClient = base("MockPusherClient");

const bases = [
  ["MockPusherServer", NativePusherServer],
  ["MockPusherClient", NativePusherClient],
] as const;
