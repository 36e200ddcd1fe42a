// Makes Node itself resolve the swapped imports: for `pushrig/register`, and for dependencies that a test runner leaves to Node.
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { shimOf, standIn } from "./swap";

type ResolveFilename = (
  this: unknown,
  request: string,
  parent: { filename?: string | null } | null | undefined,
  ...rest: unknown[]
) => string;
type Context = { parentURL?: string };
type Resolved = { url: string };
type NextResolve = (specifier: string, context: Context) => Resolved;

/** What this file uses of Node's `module`, of which the hooks are newer than our oldest Node. */
interface NodeModule {
  _resolveFilename: ResolveFilename;
  isBuiltin(specifier: string): boolean;
  register(url: URL): void;
  registerHooks?(hooks: { resolve(specifier: string, context: Context, next: NextResolve): Resolved }): unknown;
}

const installed = Symbol.for("pushrig.hooks");

// Inside a runner's vm context `require("node:module")` is the runner's imitation; Node's own is reached through `process`.
const nodeModule = (process.getBuiltinModule?.("node:module") ?? require("node:module")) as unknown as NodeModule;

/**
 * Whether `import` can be hooked in its own thread. Node 20 needs another thread for it, which costs each worker of a test runner as
 * much as a small test file, and slows down every import.
 */
export const hasQuickHooks = nodeModule.registerHooks !== undefined;

/**
 * Hooks `require` and `import` in this thread, once, however often this package is evaluated in it. With `quick`, only at no cost.
 *
 * @param dist the folder of this package's files
 */
export function installHooks(dist: string, { quick = false } = {}): void {
  const host = nodeModule as NodeModule & { [installed]?: true };
  if (host[installed]) return;
  host[installed] = true;
  hookRequire(host, dist);
  const own = pathToFileURL(dist + sep).href;
  if (host.registerHooks) {
    host.registerHooks({
      resolve(specifier, context, next) {
        if (host.isBuiltin(specifier) || context.parentURL?.startsWith(own)) return next(specifier, context);
        const found = attempt(() => next(specifier, context));
        const file = standInForUrl(specifier, found.value?.url, context.parentURL, dist);
        return file === undefined ? valueOf(found) : ({ url: file, shortCircuit: true } as Resolved);
      },
    });
  } else if (!quick) {
    host.register(pathToFileURL(join(dist, "runners", "import-hook.mjs")));
  }
}

function hookRequire(host: NodeModule, dist: string): void {
  const own = dist + sep;
  const resolveFilename = host._resolveFilename;
  host._resolveFilename = function (request, parent, ...rest) {
    const importer = parent?.filename ?? undefined;
    // Of what is asked for, most is Node's own or of this package.
    if (host.isBuiltin(request) || importer?.startsWith(own)) {
      return resolveFilename.call(this, request, parent, ...rest);
    }
    const found = attempt(() => resolveFilename.call(this, request, parent, ...rest));
    const sdk = standIn(request, found.value, importer);
    return sdk === undefined ? valueOf(found) : shimOf(sdk, dist);
  };
}

/** The URL of the file that stands in for an import, as Node's hooks for `import` name things. */
export function standInForUrl(
  specifier: string,
  resolved: string | undefined,
  importer: string | undefined,
  dist: string,
): string | undefined {
  const path = pathOf(resolved);
  if (resolved !== undefined && path === undefined) return undefined;
  const sdk = standIn(specifier, path, pathOf(importer));
  return sdk && pathToFileURL(shimOf(sdk, dist)).href;
}

function pathOf(url: string | undefined): string | undefined {
  return url?.startsWith("file:") ? fileURLToPath(url) : undefined;
}

type Attempt<T> = { value: T; error?: undefined } | { value?: undefined; error: unknown };

function attempt<T>(resolve: () => T): Attempt<T> {
  try {
    return { value: resolve() };
  } catch (error) {
    return { error };
  }
}

function valueOf<T>(found: Attempt<T>): T {
  if (found.value === undefined) throw found.error;
  return found.value;
}
