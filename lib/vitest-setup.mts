// Runs before each test file when the plugin of vitest.ts is used. Vite transforms a setup file, and each worker reads and compiles what
// comes of it with its source map: so what it does is in a file that Node loads.
import { createRequire } from "node:module";
import * as vitest from "vitest";
import type * as Suite from "vitest/suite";
import type { Integration } from "./runners/options.js";
import type * as VitestFile from "./vitest-file.js";

declare module "vitest" {
  interface ProvidedContext {
    pushrig: Integration;
    /** The folder for compiled code; undefined before Vitest 3.1. */
    "pushrig:code"?: string;
  }
}

const { setUpFile } = createRequire(import.meta.url)("./vitest-file.js") as typeof VitestFile;
// Put together, because Vite refuses at once what newer versions do not have.
const suite = ["vitest", "suite"].join("/");
setUpFile(vitest, () => import(/* @vite-ignore */ suite) as Promise<typeof Suite>);
