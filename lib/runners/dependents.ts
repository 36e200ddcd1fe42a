// Which installed packages lead to the SDKs: where Node's hooks for `import` are dear, Vite takes these instead of Node.
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";

interface Manifest {
  type?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const SDK = /^(?:npm:)?(?:pusher|pusher-js)(?:@|$)/;

/**
 * A pattern for Vitest's `server.deps.inline` that matches the ES modules of packages which depend on an SDK, themselves or through
 * others. CommonJS needs no care: its `require` is hooked at no cost.
 */
export class Dependents extends RegExp {
  readonly #manifests = new Map<string, Manifest | undefined>();
  readonly #leads = new Map<string, boolean>();

  constructor() {
    super("depends on an SDK");
  }

  override test(file: string): boolean {
    const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(file)?.[0];
    return folder !== undefined && this.#isModule(folder, file) && this.#leadsToSdk(folder);
  }

  #isModule(folder: string, file: string): boolean {
    const extension = extname(file);
    return extension === ".mjs" || (extension === ".js" && this.#manifest(folder)?.type === "module");
  }

  #leadsToSdk(folder: string): boolean {
    const known = this.#leads.get(folder);
    if (known !== undefined) return known;
    // What depends on itself in a circle leads nowhere by that.
    this.#leads.set(folder, false);
    const { dependencies, optionalDependencies, peerDependencies } = this.#manifest(folder) ?? {};
    const all = Object.entries({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    const leads = all.some(([name, version]) => {
      if (SDK.test(name) || SDK.test(version)) return true;
      const installed = find(name, folder);
      return installed !== undefined && this.#leadsToSdk(installed);
    });
    this.#leads.set(folder, leads);
    return leads;
  }

  #manifest(folder: string): Manifest | undefined {
    if (this.#manifests.has(folder)) return this.#manifests.get(folder);
    let manifest: Manifest | undefined;
    try {
      manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    } catch {
      // No package after all.
    }
    this.#manifests.set(folder, manifest);
    return manifest;
  }
}

/** Where a package is installed, as Node looks for it. */
function find(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}
