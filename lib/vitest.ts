// `pushrig/vitest`: a Vite plugin. The user's source is resolved by Vite, its dependencies mostly by Node: both are told.
import { existsSync } from "node:fs";
import { basename, isAbsolute, join, normalize, resolve } from "node:path";
import { Dependents } from "./runners/dependents";
import { hasQuickHooks } from "./runners/hooks";
import type * as Mock from "./index";
import { PageApps } from "./runners/page-apps";
import { PageModules } from "./runners/page-modules";
import { checkIntegration, type IntegrationInput, rooted } from "./runners/options";
import { namedRoutes } from "./runners/routes";
import { type Sdk, shimOf, standIn } from "./runners/swap";

const PROJECT = "virtual:pushrig/project";
const PROJECT_SETUP = join(__dirname, "vitest-project.mjs");

const ENTRY = join(__dirname, "index.js");

/** What tests import in Node, as a module that Vite evaluates: Node takes longer to find and to evaluate one. */
function moduleFile(name: "pushrig" | Sdk): string {
  return join(__dirname, "shims", "modules", `${name}.mjs`);
}

/** What this file uses of the context that Vite calls a plugin in. */
interface Resolving {
  resolve(specifier: string, importer: string | undefined, options: object): Promise<Found | null>;
}

function pushrig(options: IntegrationInput = {}) {
  const integration = checkIntegration(options, "pushrig()");
  const routes = namedRoutes(options.routes);
  const { contract } = options;
  let root = process.cwd();
  /** As setup files and pages have it. */
  let provided = integration;
  const pageApps = new PageApps(
    () => require(join(__dirname, "index.js")) as typeof Mock,
    () => provided,
  );
  /** In Vitest's browser mode. */
  let pages: PageModules | undefined;
  // What the contract is made with is known ahead, or it would reload the page of the first test that sends something.
  const entries = contract === undefined ? [] : [contract];
  return {
    name: "pushrig",
    // Before aliases of a framework's plugin and before Vite looks into node_modules.
    enforce: "pre" as const,
    config: (user: { root?: string } = {}) => ({
      // What the pages of browser mode get in their place is no package, and has to be asked for also by packages.
      ...(process.env.VITEST ? { optimizeDeps: { exclude: ["pushrig", "pusher", "pusher-js"], entries } } : {}),
      test: {
        setupFiles: [
          join(__dirname, "vitest-setup.mjs"),
          ...(routes.length > 0 || contract !== undefined ? [PROJECT_SETUP] : []),
        ],
        provide: { pushrig: (provided = rooted(integration, resolve(user.root ?? ""))) },
        // One evaluation for source and dependencies, also where this package is linked and not in node_modules.
        server: {
          deps: {
            external: [new RegExp(`^${literally(__dirname)}/(?!shims/modules/)`)],
            inline: [
              new RegExp(`^${literally(__dirname)}/(?:shims/modules/.*|${basename(PROJECT_SETUP)})$`),
              ...(hasQuickHooks ? [] : [new Dependents()]),
            ],
          },
        },
      },
    }),
    /** Vite's answer, with the mock in the place of the two packages. */
    async resolveId(this: Resolving, specifier: string, importer: string | undefined, options: { ssr?: boolean }) {
      // Rollup's convention: a plugin's own modules, which no other may touch.
      if (specifier.startsWith("\0")) return undefined;
      if (specifier === PROJECT) return `\0${PROJECT}`;
      // Vitest 5 has one server for pages and for what of a project runs in Node.
      const inPage = options.ssr === true ? undefined : pages;
      const ofPages = inPage?.named(specifier);
      if (ofPages !== undefined) return ofPages;
      const found = await this.resolve(specifier, importer, { ...options, skipSelf: true });
      const file = found === null || isOpen(found) ? undefined : pathOf(found.id);
      // What is no file is a module that another plugin makes up.
      if (file !== undefined && !isAbsolute(file)) return found;
      const sdk = standIn(specifier, file, importer && pathOf(importer));
      const inPlace = sdk && shimOf(sdk, __dirname);
      if (inPage !== undefined) return inPage.inPlaceOf(inPlace ?? file, specifier) ?? inPlace ?? found;
      const name = sdk ?? (file === ENTRY ? "pushrig" : undefined);
      return name !== undefined && process.env.VITEST ? moduleFile(name) : (inPlace ?? found);
    },
    // In jsdom Vite serves setup files as to a browser, and only from the project's folder; a linked package lies elsewhere.
    configResolved: (config: Resolved) => {
      config.server.fs.allow.push(slashed(__dirname));
      root = config.root;
      if (servesPages(config)) pages = new PageModules(root);
      for (const { endpoint, file } of routes) {
        if (existsSync(resolve(root, file))) continue;
        throw new Error(`pushrig: routes["${endpoint}"] names ${file}, and there is no ${resolve(root, file)}`);
      }
      if (contract !== undefined && !existsSync(resolve(root, contract))) {
        throw new Error(`pushrig: contract names ${contract}, and there is no ${resolve(root, contract)}`);
      }
    },
    // Since Vitest 3.1.
    configureVitest: ({ project }: { project: Project }) => {
      project.provide("pushrig:code", join(project.vite.config.cacheDir, "pushrig"));
    },
    configureServer(server: Serving) {
      if (pages === undefined) return;
      server.middlewares.use(pageApps.answer);
    },
    closeBundle: () => pageApps.end(),
    /** The project's files that the setup file asks for; each is evaluated when it is needed. */
    load(id: string, options: { ssr?: boolean } = {}) {
      if (id !== `\0${PROJECT}`) return options.ssr === true ? undefined : pages?.load(id);
      const named = (about: object, file: string) =>
        `{ ...${JSON.stringify(about)}, load: () => import(${JSON.stringify(slashed(resolve(root, file)))}) }`;
      const all = routes.map((route) => named(route, route.file));
      const own = contract === undefined ? "undefined" : named({ file: contract }, contract);
      return `export const routes = [${all.join(",\n")}];\nexport const contract = ${own};`;
    },
  };
}

/** Whether it is the server of browser mode, however that was switched on. */
function servesPages({ plugins, test }: Resolved): boolean {
  const has = (plugin: string): boolean => plugins.some(({ name }) => name === plugin);
  // Before Vitest 5 no other server has it.
  return has("vitest:browser") || (has("vitest:browser:loader") && test?.browser?.enabled === true);
}

/** What this file uses of Vite's configuration. */
interface Resolved {
  root: string;
  test?: { browser?: { enabled?: boolean } };
  plugins: ReadonlyArray<{ name: string }>;
  server: { fs: { allow: string[] } };
}

/** What this file uses of a project of Vitest's. */
interface Project {
  provide(key: "pushrig:code", folder: string): void;
  vite: { config: { cacheDir: string } };
}

interface Serving {
  middlewares: { use(answer: PageApps["answer"]): unknown };
}

/** What Vite has found for an import. */
interface Found {
  id: string;
  external?: unknown;
}

/** Whether an answer of Vite's does not say where a package is: it is left to Node, or it is missing. */
function isOpen(found: Found): boolean {
  // An optional peer dependency that is not installed is a module of Vite's own, which throws when it is evaluated.
  return Boolean(found.external) || found.id.startsWith("__vite-optional-peer-dep:");
}

/** The path in a module's name, as the system writes it. */
function pathOf(id: string): string {
  return normalize(id.replace(/[?].*$/, ""));
}

/** A path as Vite writes it, on Windows too. */
function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}

/** A path as a pattern that matches it. */
function literally(path: string): string {
  return slashed(path).replace(/[$()*+.?[\]^{|}]/g, "\\$&");
}

// The plugin is the module itself, so that `import pushrig from` works in a config file that Node loads as ES module.
pushrig.pushrig = pushrig;
pushrig.default = pushrig;
// Node lets ES modules import by name only what it sees assigned like this.
exports.pushrig = pushrig;
export = pushrig;
