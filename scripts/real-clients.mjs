// What tests with real clients need besides npm packages: Chromium, and a Python with SDKs from PyPI.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { installPackages } from "./debian.mjs";
import { installEnvironment, programs } from "./python.mjs";

const requirements = "__test__/real-clients/python/requirements.txt";

/** The Python that has the SDKs. */
export const python = join(programs("python"), "python");

/** The path of Chromium, or of a Chrome: `PUSHRIG_CHROMIUM`, or where systems have it; undefined when there is none. */
export function chromium() {
  if (process.env.PUSHRIG_CHROMIUM) return process.env.PUSHRIG_CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const onMac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  return [...paths, onMac].find((path) => existsSync(path));
}

export async function installChromium() {
  if (chromium() !== undefined) return;
  await installPackages(["chromium"], "no Chromium was found (PUSHRIG_CHROMIUM may name one)");
}

export async function installRealClients() {
  await installChromium();
  await installEnvironment("python", requirements);
}
