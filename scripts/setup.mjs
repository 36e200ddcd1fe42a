// Brings a checkout to the state where it can be used: packages installed, addon and TypeScript built. Does only what is stale.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { must } from "./command.mjs";
import { contentHash, remember, remembered, root } from "./stale.mjs";

const readJson = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));
const nativeInputs = ["src", "build.rs", "Cargo.toml", "Cargo.lock", ".cargo"];

/** npm's own note of what it installed, compared with what the lock file asks for. */
function installIsStale() {
  if (!existsSync(join(root, "node_modules/.package-lock.json"))) return true;
  const wanted = readJson("package-lock.json").packages;
  const present = readJson("node_modules/.package-lock.json").packages;
  return Object.entries(wanted).some(([path, { version, optional, link }]) => {
    if (path === "" || link) return false;
    return present[path] ? present[path].version !== version : !optional;
  });
}

export async function install() {
  if (!installIsStale()) return;
  console.log("pushrig: installing packages");
  await must(["npm", "ci", "--no-audit", "--no-fund"]);
}

const addons = () => readdirSync(root).filter((name) => name.endsWith(".node"));

/** Builds the addon. A release build is as good as a debug build, but not the other way round. */
export async function buildNative(profile = "release") {
  const inputs = contentHash(nativeInputs) + JSON.stringify(readJson("package.json").napi);
  const built = (which) => {
    const outputs = remembered(`native:${which}`, inputs);
    return outputs !== undefined && addons().length > 0 && outputs === contentHash(addons());
  };
  if (built("release") || (profile === "debug" && built("debug"))) return;
  console.log(`pushrig: building the addon (${profile})`);
  await must(["npm", "run", "--silent", profile === "debug" ? "build:native:debug" : "build:native"]);
  remember(`native:${profile}`, inputs, contentHash(addons()));
}

/** Compiles `lib/` to `dist/`. */
export async function buildLib() {
  const inputs = contentHash([
    "lib",
    "tsconfig.json",
    "rolldown.config.mjs",
    "binding.d.ts",
    "package.json",
    "package-lock.json",
  ]);
  if (remembered("lib", inputs) && existsSync(join(root, "dist/index.js"))) return;
  console.log("pushrig: compiling lib");
  await must(["npm", "run", "--silent", "build:lib"]);
  remember("lib", inputs, true);
}

export async function setup(profile) {
  await install();
  await buildNative(profile);
  await buildLib();
}
