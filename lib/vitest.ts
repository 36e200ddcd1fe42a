// `pushrig/vitest`: a Vite plugin. The user's source is resolved by Vite, its dependencies mostly by Node: both are told.
import { join } from "node:path";
import { resetPolicy, standIn, type ResetPolicy } from "./runners/swap";

function pushrig(options: { reset?: ResetPolicy } = {}) {
  const reset = resetPolicy(options.reset);
  return {
    name: "pushrig",
    // Before aliases of a framework's plugin and before Vite looks into node_modules.
    enforce: "pre" as const,
    config: () => ({
      test: {
        setupFiles: [join(__dirname, "vitest-setup.mjs")],
        provide: { pushrig: { reset } },
        // One evaluation for source and dependencies, also where this package is linked and not in node_modules.
        server: { deps: { external: [new RegExp(`^${literally(__dirname)}/`)] } },
      },
    }),
    resolveId: (specifier: string) => standIn(specifier),
    // In jsdom Vite serves setup files as to a browser, and only from the project's folder; a linked package lies elsewhere.
    configResolved: (config: { server: { fs: { allow: string[] } } }) => {
      config.server.fs.allow.push(slashed(__dirname));
    },
  };
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
