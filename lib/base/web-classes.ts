import { vm } from "./builtin.js";

const CLASSES = ["Request", "Response", "Headers"] as const;

/**
 * Hands this realm Node's own classes for a request and its answer, where it lacks them, as a page of jsdom does under Jest: a handler of
 * the application is called with the one, and makes the other. They stay, since a handler may take its time.
 */
export function lendWebClasses(): void {
  if (typeof globalThis.Request === "function") return;
  for (const name of CLASSES) {
    if (typeof globalThis[name] === "function") continue;
    // Node's modules belong to its own realm, not to that of the page.
    const value: unknown = vm().runInThisContext(name);
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}
