// `node scripts/deny.mjs [CHECK…]`: `cargo deny`, after deny.toml, by default all of its checks. Cargo installs it into `.cache/tools` first.
// Advisories are the only check that needs the network.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { must } from "./command.mjs";
import { remember, remembered, root } from "./stale.mjs";

const VERSION = "0.20.2";
const tools = join(root, ".cache", "tools");
const program = join(tools, "bin", process.platform === "win32" ? "cargo-deny.exe" : "cargo-deny");

async function installDeny() {
  if (existsSync(program) && remembered("cargo-deny", VERSION)) return;
  console.log(`pushrig: installing cargo-deny ${VERSION}`);
  // Without optimization: it takes a second either way, and half the time to compile.
  const options = ["--locked", "--debug", "--force", `--root=${tools}`];
  await must(["cargo", "install", "cargo-deny", `--version=${VERSION}`, ...options], { quiet: true });
  remember("cargo-deny", VERSION, true);
}

/** Throws when a check fails; it has then said why. */
export async function deny(...checks) {
  await installDeny();
  await must([program, "--locked", "check", ...checks]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await deny(...process.argv.slice(2));
