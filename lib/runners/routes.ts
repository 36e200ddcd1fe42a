// The application's own routes that a configuration names, for the clients that ask them for authorization.
type RouteFunction = (request: Request) => Response | Promise<Response>;

/** One entry of the option `routes`. */
export interface NamedRoute {
  /** As clients name it: a path, or a URL. */
  endpoint: string;
  /** Relative to the project's root, or absolute. */
  file: string;
  /** The export of the file. */
  name: string;
}

/** What Jest's setup file puts before a path that counts from the project's root. */
export const FROM_ROOT = "pushrig-from-root:";

const EXAMPLE = '{ "/api/pusher/auth": "./src/app/api/pusher/auth/route.ts#POST" }';

/** Checks the option `routes` of an integration. */
export function namedRoutes(routes: unknown): NamedRoute[] {
  if (routes === undefined) return [];
  if (typeof routes !== "object" || routes === null || Array.isArray(routes)) {
    throw new TypeError(`pushrig: routes is an object such as ${EXAMPLE}, got ${shown(routes)}`);
  }
  return Object.entries(routes).map(([endpoint, target]) => {
    if (!/^(\/|https?:\/\/)/.test(endpoint)) {
      throw new TypeError(
        `pushrig: an endpoint in routes is a path such as "/api/pusher/auth", or a URL, got ${shown(endpoint)}`,
      );
    }
    const [, file, name] = (typeof target === "string" && /^(.+)#([^#/\\]+)$/.exec(target)) || [];
    if (file === undefined || name === undefined) {
      throw new TypeError(
        `pushrig: routes[${shown(endpoint)}] names a file and its export, as in ${EXAMPLE}, got ${shown(target)}`,
      );
    }
    return { endpoint, file, name };
  });
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

/** A route's function, out of its evaluated module. */
export function exported({ file, name, endpoint }: NamedRoute, module: unknown): RouteFunction {
  const all = module as Record<string, unknown>;
  if (typeof all[name] === "function") return all[name] as RouteFunction;
  const functions = Object.keys(all).filter((key) => typeof all[key] === "function");
  throw new TypeError(
    `pushrig: routes[${shown(endpoint)}] names the export ${name} of ${file}, which is no function there; ` +
      `its functions are ${functions.join(", ") || "none"}`,
  );
}
