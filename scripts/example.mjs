// The Next.js example: installs it as a user would, with pushrig packed from this checkout, and shows it.
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { inForeground, must } from "./command.mjs";
import { pack, unpack } from "./matrix.mjs";
import { contentHash, remember, remembered, root } from "./stale.mjs";

export const example = "examples/nextjs";

/** What is packed. */
const published = () => [
  "dist",
  "shims",
  "package.json",
  ...readdirSync(root).filter((name) => /\.node$|\.d\.ts$|^binding\.js$/.test(name)),
];

/**
 * Installs the packages of the example, or of a copy of it in another folder of the same depth, and in place of the checkout,
 * which is `file:../..` to it, the packages that npm would publish.
 */
export async function installExample(folder = example) {
  const cwd = join(root, folder);
  const locked = contentHash([`${folder}/package.json`, `${folder}/package-lock.json`]);
  const isInstalled = remembered(`packages of ${folder}`, locked) && existsSync(join(cwd, "node_modules"));
  if (!isInstalled) {
    console.log(`pushrig: installing the packages of ${folder}`);
    await must(["npm", "ci", "--silent", "--no-audit", "--no-fund"], { cwd, quiet: true });
    remember(`packages of ${folder}`, locked, true);
  }
  const inputs = contentHash(published());
  if (isInstalled && remembered(`pushrig in ${folder}`, inputs)) return;
  await unpack(await pack(), cwd);
  remember(`pushrig in ${folder}`, inputs, true);
}

/** The words that run a command of Next.js in the example. */
export const next = (...args) => [process.execPath, "node_modules/next/dist/bin/next", ...args];

/** Shows the example until Ctrl-C; resolves to the exit code. */
export async function demo(folder = example) {
  const cwd = join(root, folder);
  await installExample(folder);
  if (!existsSync(join(cwd, ".env.local"))) copyFileSync(join(cwd, ".env.example"), join(cwd, ".env.local"));

  let shown = false;
  const onOutput = (text) => {
    const url = /Local:\s+(http:\S+)/.exec(text)?.[1];
    if (url === undefined || shown) return;
    shown = true;
    console.log(`\npushrig: open ${url}/?as=Ada and ${url}/?as=Grace side by side; Ctrl-C ends it\n`);
    openInBrowser(`${url}/?as=Ada`);
  };
  return inForeground(next("dev", "--hostname=localhost"), { cwd, env: { NEXT_TELEMETRY_DISABLED: "1" }, onOutput });
}

/** Where there is a screen. */
function openInBrowser(url) {
  const { platform, env } = process;
  if (env.CI || (platform === "linux" && !env.DISPLAY && !env.WAYLAND_DISPLAY)) return;
  const [program, ...args] = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] }[platform] ?? ["xdg-open"];
  spawn(program, [...args, url], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
