// Programs and libraries from PyPI, in virtual environments below `.cache`.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "./command.mjs";
import { installPackages } from "./debian.mjs";
import { contentHash, remember, remembered, root } from "./stale.mjs";

/** The folder of an environment's programs, `python` among them. */
export const programs = (name) => join(root, ".cache", name, process.platform === "win32" ? "Scripts" : "bin");

/** Makes the virtual environment `name` with what a requirements file lists. */
export async function installEnvironment(name, requirements) {
  const inputs = contentHash([requirements]);
  if (remembered(`environment ${name}`, inputs) && existsSync(programs(name))) return;
  const python = process.platform === "win32" ? "python" : "python3";
  const canMakeOne = await run([python, "-c", "import venv, ensurepip"], { quiet: true });
  if (canMakeOne.code !== 0) await installPackages(["python3", "python3-venv"], "there is no python3 with venv");
  console.log(`pushrig: installing ${requirements}`);
  await must([python, "-m", "venv", "--clear", join(root, ".cache", name)]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements];
  await must([join(programs(name), "python"), ...pip]);
  remember(`environment ${name}`, inputs, true);
}
