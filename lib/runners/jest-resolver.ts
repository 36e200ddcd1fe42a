// The resolver of a Jest configuration: the project's own, then the mock in the place of what it found.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FROM_ROOT } from "./routes";
import { shimOf, standIn } from "./swap";

interface Options {
  basedir: string;
  rootDir: string;
  extensions?: readonly string[];
  defaultResolver: Resolve<string>;
  defaultAsyncResolver?: Resolve<Promise<string>>;
}
type Resolve<Found> = (request: string, options: Options) => Found;

/** What Jest takes as a resolver. */
type Resolver = Resolve<string> | { sync?: Resolve<string>; async?: Resolve<Promise<string>> };

/** For a configuration without a resolver of its own. */
export const sync: Resolve<string> = (request, options) => swapped(request, options, options.defaultResolver);

/** Where a configuration's resolver stands: in its `resolver`, or in that of its `preset`. */
export type Origin = { resolver: string } | { preset: string };

/**
 * Writes a resolver that asks the one of `origin` and puts the mock in front. Jest takes nothing but a file, and the same
 * one each time, else it transforms everything anew.
 *
 * @returns the path of the file
 */
export function writeResolver(origin: Origin): string {
  const text = `module.exports = require(${JSON.stringify(__filename)}).around(${JSON.stringify(origin)});\n`;
  const folder = join(process.cwd(), "node_modules", ".cache", "pushrig");
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const file = join(folder, `jest-resolver-${hash}.cjs`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** The resolver of `origin` with the mock in front. Only Jest knows the root folder that `origin` counts from. */
export function around(origin: Origin): Resolver {
  let found: Resolver | undefined;
  const own = (options: Options) => (found ??= load(origin, options));
  return {
    sync: (request, options) => swapped(request, options, synchronous(own(options))),
    async: async (request, options) => {
      const resolver = own(options);
      const resolve = typeof resolver === "function" ? resolver : (resolver.async ?? synchronous(resolver));
      const outcome = await attempt(async () => resolve(...addressed(request, options)));
      return swapped(request, options, () => valueOf(outcome));
    },
  };
}

/** A request of the setup file counts from the project's root. */
function addressed(request: string, options: Options): [string, Options] {
  if (!request.startsWith(FROM_ROOT)) return [request, options];
  const { rootDir } = options;
  return [request.slice(FROM_ROOT.length).replace("<rootDir>", rootDir), { ...options, basedir: rootDir }];
}

function swapped(given: string, inFolder: Options, resolve: Resolve<string | null>): string {
  const [request, options] = addressed(given, inFolder);
  let found: string | undefined;
  let failure: unknown;
  try {
    found = resolve(request, options) ?? undefined;
  } catch (error) {
    failure = error;
  }
  const sdk = standIn(request, found, options.basedir);
  const file = sdk === undefined ? found : shimOf(sdk, join(__dirname, ".."));
  if (file === undefined && failure !== undefined) throw failure;
  return file as string;
}

async function attempt<T>(act: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await act() };
  } catch (error) {
    return { error };
  }
}

function valueOf<T>(outcome: { value: T } | { error: unknown }): T {
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

function synchronous(resolver: Resolver): Resolve<string> {
  const resolve = typeof resolver === "function" ? resolver : resolver.sync;
  if (resolve !== undefined) return resolve;
  throw new TypeError(
    "pushrig: the resolver of this Jest configuration exports async only. Jest resolves what is required by sync, and so does the mock: export both.",
  );
}

function load(origin: Origin, options: Options): Resolver {
  if ("resolver" in origin) return require(located(origin.resolver, options)) as Resolver;
  const { preset } = origin;
  const path = preset.startsWith(".") ? preset : join(preset, "jest-preset");
  const extensions = [".json", ".js", ".cjs", ".mjs"];
  const { resolver } = require(located(path, { ...options, extensions })) as { resolver?: string };
  return resolver === undefined ? options.defaultResolver : (require(located(resolver, options)) as Resolver);
}

function located(path: string, options: Options): string {
  const { rootDir } = options;
  return options.defaultResolver(path.replace("<rootDir>", rootDir), { ...options, basedir: rootDir });
}
