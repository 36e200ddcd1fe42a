// What imports end at in a page of Vitest's browser mode: pusher-js itself, pointed at the gateway, and the mock by its routes.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, normalize } from "node:path";

const DIST = join(__dirname, "..");
const PAGE = join(DIST, "vitest-page.mjs");
const SETUP = join(DIST, "vitest-setup.mjs");
const PAGE_SETUP = join(DIST, "vitest-page-setup.mjs");

const MOCK = "virtual:pushrig/mock";
const PUSHER = "virtual:pushrig/pusher";
const CLIENT = "virtual:pushrig/pusher-js";
const REAL = "virtual:pushrig/real";

/** By the file that Node would take. */
const IN_PLACE: Readonly<Record<string, string>> = {
  [join(DIST, "index.js")]: `\0${MOCK}`,
  [join(DIST, "browser.mjs")]: `\0${MOCK}`,
  [join(DIST, "matchers.js")]: join(DIST, "vitest-page-matchers.mjs"),
};

/** The builds of pusher-js for pages, by what the import says. */
const BUILDS = { "": "pusher", "+encryption": "pusher-with-encryption" };

export class PageModules {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** A module of its own, by its name. */
  named(specifier: string): string | undefined {
    return specifier.startsWith(CLIENT) || specifier.startsWith(REAL) ? `\0${specifier}` : undefined;
  }

  /** What a page gets for a file that stands in for an import in Node, if it is another one. */
  inPlaceOf(file: string | undefined, specifier: string): string | undefined {
    if (file === undefined) return undefined;
    const isShim = dirname(file) === join(DIST, "shims");
    if (!isShim) return IN_PLACE[file];
    if (basename(file) === "pusher.js") return `\0${PUSHER}`;
    return `\0${CLIENT}${specifier.includes("encryption") ? "+encryption" : ""}`;
  }

  load(id: string): string | undefined {
    const page = JSON.stringify(PAGE.replaceAll("\\", "/"));
    // Vitest resolves setup files itself, and evaluates them anew for each test file.
    if (normalize(id.replace(/[?].*$/, "")) === SETUP) return readFileSync(PAGE_SETUP, "utf8");
    if (id === `\0${PUSHER}`) {
      return `import { MockPusherServer } from ${page};\nexport default MockPusherServer;`;
    }
    if (id === `\0${MOCK}`) {
      return `export * from ${page};\nexport { default as MockPusherClient } from "${CLIENT}";`;
    }
    for (const [kind, build] of Object.entries(BUILDS)) {
      if (id === `\0${CLIENT}${kind}`) {
        return (
          `import { pointed } from ${page};\nimport Real from "${REAL}${kind}";\n` +
          `const Pusher = pointed(Real);\nexport default Pusher;\nexport { Pusher };`
        );
      }
      // A script of its own, which looks for CommonJS first.
      if (id === `\0${REAL}${kind}`) {
        return `const module = { exports: {} };\n((exports) => {\n${this.#real(build)}\n})(module.exports);\nexport default module.exports;`;
      }
    }
    return undefined;
  }

  #real(build: string): string {
    for (const folder of [this.#root, __dirname]) {
      try {
        const manifest = createRequire(join(folder, "_")).resolve("pusher-js/package.json");
        return readFileSync(join(dirname(manifest), "dist", "web", `${build}.js`), "utf8");
      } catch {
        // Maybe beside this package.
      }
    }
    throw new Error(
      "pushrig: in browser mode pusher-js is the real one, and it is not installed: npm install --save-dev pusher-js",
    );
  }
}
