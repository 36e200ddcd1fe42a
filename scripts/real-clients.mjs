// What tests with real clients need besides npm packages: Chromium, and a Python with SDKs from PyPI.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { must, run } from "./command.mjs";
import { contentHash, remember, remembered, root } from "./stale.mjs";

const requirements = "__test__/real-clients/python/requirements.txt";
const environment = join(root, ".cache", "python");

/** The Python that has the SDKs. */
export const python = join(environment, "bin", "python");

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

/** Makes the virtual environment of the locked SDKs. */
export async function installPython() {
  const inputs = contentHash([requirements]);
  if (remembered("python", inputs) && existsSync(python)) return;
  const canMakeOne = await run(["python3", "-c", "import venv, ensurepip"], { quiet: true });
  if (canMakeOne.code !== 0) await installPackages(["python3", "python3-venv"], "there is no python3 with venv");
  console.log("pushrig: installing SDKs from PyPI");
  await must(["python3", "-m", "venv", "--clear", environment]);
  await must([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements]);
  remember("python", inputs, true);
}

export async function installRealClients() {
  await installChromium();
  await installPython();
}

/** Installs Debian's packages where that can be done without asking; elsewhere says what to do. */
async function installPackages(packages, why) {
  const command = `apt-get update && apt-get install --yes --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new Error(`${why}. On Debian and Ubuntu: sudo sh -c '${command}'`);
  }
  console.log(`pushrig: installing ${packages.join(", ")}`);
  await must(["sh", "-c", command], { env: { DEBIAN_FRONTEND: "noninteractive" }, quiet: true });
}
