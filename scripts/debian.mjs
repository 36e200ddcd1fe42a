// What the machine itself has to have, where it is Debian or Ubuntu.
import { existsSync } from "node:fs";
import { must } from "./command.mjs";

/** Installs Debian's packages where that can be done without asking; elsewhere says what to do. */
export async function installPackages(packages, why) {
  const command = `apt-get update && apt-get install --yes --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new Error(`${why}. On Debian and Ubuntu: sudo sh -c '${command}'`);
  }
  console.log(`pushrig: installing ${packages.join(", ")}`);
  await must(["sh", "-c", command], { env: { DEBIAN_FRONTEND: "noninteractive" }, quiet: true });
}
