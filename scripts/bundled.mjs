// What bundles in `dist/` contain of others: a plugin of rolldown that writes their licences beside the bundle, and refuses those that
// ask for more than that. Which are allowed says deny.toml, as for the crates of the binary.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { noticesOf } from "./notices.mjs";

/** The licences that deny.toml allows. */
export function allowedLicences(toml = readFileSync(new URL("../deny.toml", import.meta.url), "utf8")) {
  return JSON.parse(/^allow = (\[.*\])$/m.exec(toml)[1]);
}

/** The packages that modules are of, by name; not the project itself. */
export function packagesOf(modules) {
  const folders = new Set(modules.filter((id) => /[\\/]node_modules[\\/]/.test(id)).map(folderOf));
  return [...folders]
    .map((folder) => ({ ...JSON.parse(readFileSync(join(folder, "package.json"), "utf8")), folder }))
    .map(({ name, version, license, author, folder }) => ({
      name,
      version,
      license,
      authors: [typeof author === "object" ? author.name : author].filter(Boolean),
      manifest_path: join(folder, "package.json"),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The folder of a module's package: the nearest manifest with a name and a version, since some have others within. */
function folderOf(module) {
  for (let folder = dirname(module.replace(/^\0|\?.*$/g, "")); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version !== undefined) return folder;
    if (dirname(folder) === folder) throw new Error(`${module} is of no package`);
  }
}

/** Throws for a package whose licence is not among those allowed. */
export function checkLicences(packages, allowed = allowedLicences()) {
  for (const { name, license } of packages) {
    const choices = String(license).replace(/[()]/g, "").split(" OR ");
    if (!choices.some((choice) => choice.split(" AND ").every((one) => allowed.includes(one)))) {
      throw new Error(`the bundle contains ${name}, whose licence is ${license}; allowed are ${allowed.join(", ")}`);
    }
  }
}

/** Writes `NAME.licences.txt` beside the bundle `NAME`. */
export const licences = {
  name: "licences",
  generateBundle(_options, chunks) {
    for (const { type, fileName, moduleIds } of Object.values(chunks)) {
      if (type !== "chunk") continue;
      const packages = packagesOf(moduleIds);
      checkLicences(packages);
      if (packages.length === 0) continue;
      const source = noticesOf(packages, `${fileName} contains code of these packages.`);
      this.emitFile({ type: "asset", fileName: `${fileName.replace(/\.\w+$/, "")}.licences.txt`, source });
    }
  },
};
