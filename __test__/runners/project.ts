// A project on disk whose modules and packages have names that invite confusion.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const FILES = {
  "package.json": '{ "name": "app" }',
  "src/app.js": "",
  "src/pusher/updateChannel.js": "module.exports = 'own';",
  // npm's own packages, as far as their paths matter.
  "node_modules/pusher/package.json": '{ "name": "pusher", "main": "lib/pusher" }',
  "node_modules/pusher/lib/pusher.js": "module.exports = require('./requests');",
  "node_modules/pusher/lib/requests.js": "module.exports = 'real';",
  "node_modules/pusher-js/package.json": '{ "name": "pusher-js", "main": "dist/node/pusher.js" }',
  "node_modules/pusher-js/dist/node/pusher.js": "module.exports = 'real';",
  "node_modules/pusher-js/with-encryption/index.js": "module.exports = 'real';",
  // npm install realtime@npm:pusher-js
  "node_modules/realtime/package.json": '{ "name": "pusher-js", "main": "index.js" }',
  "node_modules/realtime/index.js": "module.exports = 'real';",
  "node_modules/pusher-js-mock/package.json": '{ "name": "pusher-js-mock", "main": "index.js" }',
  "node_modules/pusher-js-mock/index.js": "module.exports = 'another';",
};

/** Writes a project, without the packages called in `missing`. */
export function makeProject({ missing = [] as string[], files = {} as Record<string, string> } = {}) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "pushrig-project-")));
  for (const [name, text] of Object.entries({ ...FILES, ...files })) {
    if (missing.some((gone) => name.startsWith(`node_modules/${gone}/`))) continue;
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return { root, path: (name: string) => join(root, name), remove: () => rmSync(root, { recursive: true }) };
}

/** What each import of `src/app.js` ends at: a shim, or the file that it names. */
export const EXPECTED: Array<[specifier: string, target: string]> = [
  ["pusher", "shims/pusher.js"],
  ["pusher/lib/pusher.js", "shims/pusher.js"],
  ["pusher-js", "shims/pusher-js.js"],
  ["pusher-js/dist/node/pusher.js", "shims/pusher-js.js"],
  ["realtime", "shims/pusher-js.js"],
  ["../node_modules/pusher/lib/pusher.js", "shims/pusher.js"],
  ["pusher/package.json", "node_modules/pusher/package.json"],
  ["pusher-js-mock", "node_modules/pusher-js-mock/index.js"],
  ["./pusher/updateChannel.js", "src/pusher/updateChannel.js"],
];
