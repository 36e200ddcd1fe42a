// Makes Node itself resolve the swapped imports, for dependencies that a test runner leaves to Node.
import { pathToFileURL } from "node:url";
import { standIn } from "./swap";

type ResolveFilename = (this: unknown, request: string, ...rest: unknown[]) => string;
type NextResolve = (specifier: string, context: unknown) => unknown;

/** What this file uses of Node's `module`, of which the hooks are newer than our oldest Node. */
interface NodeModule {
  _resolveFilename: ResolveFilename;
  register(url: URL): void;
  registerHooks?(hooks: { resolve(specifier: string, context: unknown, next: NextResolve): unknown }): unknown;
}

const installed = Symbol.for("pushrig.hooks");

// Inside a runner's vm context `require("node:module")` is the runner's imitation; Node's own is reached through `process`.
const nodeModule = (process.getBuiltinModule?.("node:module") ?? require("node:module")) as unknown as NodeModule;

/** Hooks `require` and `import` in this thread, once, however often this package is evaluated in it. */
export function installHooks(): void {
  const host = nodeModule as NodeModule & { [installed]?: true };
  if (host[installed]) return;
  host[installed] = true;

  const resolveFilename = host._resolveFilename;
  host._resolveFilename = function (request, ...rest) {
    return standIn(request) ?? resolveFilename.call(this, request, ...rest);
  };

  if (host.registerHooks) {
    host.registerHooks({
      resolve(specifier, context, next) {
        const file = standIn(specifier);
        return file ? { url: pathToFileURL(file).href, shortCircuit: true } : next(specifier, context);
      },
    });
  } else {
    // Node 20: `import` can only be hooked from a thread of Node's own.
    host.register(pathToFileURL(require.resolve("./import-hook.mjs")));
  }
}
