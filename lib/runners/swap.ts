// Which imports reach the mock when it is swapped in, and what they get.
import { readFileSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";

/** A package that the mock stands in for. */
export type Sdk = "pusher" | "pusher-js";

/** The file that stands in for it where it is required; `dist` is the folder of this package's files. */
export function shimOf(sdk: Sdk, dist: string): string {
  return join(dist, "shims", `${sdk}.js`);
}

const MANIFEST = "package.json";

/**
 * The package that the mock stands in for where this is imported, if it does.
 *
 * What counts is the package that the import ends at, however it is spelt: `pusher/channels` may be a folder of the user's own,
 * and `realtime` an alias of `pusher-js`. The spelling decides only where nothing is found, because the real packages need not
 * be installed. Both offer the same thing under many paths (`pusher-js/with-encryption`, `/worker`, `/dist/…`,
 * `pusher/lib/pusher`); all of them are the mock. Only the manifests stay real: tools read versions there.
 *
 * @param resolved the absolute path that the import ends at, if anything was found
 * @param importer the file, or the folder of the file, that imports
 */
export function standIn(
  specifier: string,
  resolved: string | undefined,
  importer: string | undefined,
): Sdk | undefined {
  const spelt = asSdk(/^([^/]+)(?:\/|$)/.exec(specifier)?.[1]);
  if (resolved === undefined) return isManifest(specifier) ? undefined : spelt;
  if (isManifest(resolved)) return undefined;
  const folder = installedPackage(resolved);
  // Vite's own copies of packages, made ahead of use, keep their names.
  if (folder !== undefined && basename(folder) === ".vite") return spelt;
  // A package's own files mean each other.
  if (folder !== undefined && isInside(importer, folder)) return undefined;
  // A package that is linked from elsewhere is still called by its name.
  if (folder === undefined && spelt === undefined) return undefined;
  const target = folder === undefined ? enclosingPackage(dirname(resolved)) : packageIn(folder);
  const sdk = asSdk(target?.name);
  return sdk === undefined || target === undefined || isInside(importer, target.folder) ? undefined : sdk;
}

function asSdk(name: string | undefined): Sdk | undefined {
  return name === "pusher" || name === "pusher-js" ? name : undefined;
}

function isManifest(path: string): boolean {
  return basename(path) === MANIFEST;
}

function isInside(path: string | undefined, folder: string): boolean {
  return path !== undefined && (path === folder || path.startsWith(folder + sep));
}

interface Package {
  name: string | undefined;
  folder: string;
}

/** The folder right below `node_modules` that a file lies in. */
function installedPackage(file: string): string | undefined {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(file)?.[0];
}

const packages = new Map<string, Package | undefined>();

/** The package whose manifest is in this folder. An installation under another name (`npm:pusher-js@8`) has its own name there. */
function packageIn(folder: string): Package | undefined {
  if (packages.has(folder)) return packages.get(folder);
  let found: Package | undefined;
  try {
    const { name } = JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as { name?: string };
    found = { name, folder };
  } catch {
    // No manifest, or none that can be read: no package.
  }
  packages.set(folder, found);
  return found;
}

/** The nearest package with a name, from this folder upwards. */
function enclosingPackage(folder: string): Package | undefined {
  for (let place = folder; ; place = dirname(place)) {
    const found = packageIn(place);
    if (found?.name !== undefined) return found;
    if (place === dirname(place)) return undefined;
  }
}

/** When a test runner's integration resets the default rig: after each test, after each test file, or never. */
export type ResetPolicy = "test" | "file" | false;

/** Checks the option `reset` of an integration; `undefined` is `"test"`. */
export function resetPolicy(value: unknown): ResetPolicy {
  if (value === undefined) return "test";
  if (value === "test" || value === "file" || value === false) return value;
  throw new TypeError(`pushrig: reset must be "test", "file" or false, got ${JSON.stringify(value) ?? String(value)}`);
}
