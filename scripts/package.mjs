// `node scripts/package.mjs [FOLDER]`: packs what npm publishes into FOLDER, by default `.cache/packages`: the package itself, and
// one package for each binary in `.cache/binaries`.
//
// The package has no binary: npm installs the one for its machine as an optional dependency. In the checkout it is the other way
// round, because a lock file cannot name packages that are not published yet: no such dependencies, and `npm pack` takes the
// binary along. So the checkout is private, and only what is packed here can be published.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { parseTriple } from "@napi-rs/cli";
import { binaries } from "./binary.mjs";
import { must, tool } from "./command.mjs";
import { notices } from "./notices.mjs";
import { root } from "./stale.mjs";

/** The file with the licences of others. */
const NOTICES = "THIRD-PARTY-NOTICES.txt";

/** Where packages to publish are kept. */
export const packages = join(root, ".cache", "packages");

const manifestIn = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const writeManifest = (folder, manifest) =>
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

/** Packs one folder: `{ name, tarball }`. */
async function pack(folder, to) {
  const { answer } = await must(["npm", "pack", "--silent", folder, `--pack-destination=${to}`], { quiet: true });
  return { name: manifestIn(folder).name, tarball: join(to, answer.trim().split("\n").pop()) };
}

/** Lays out a package for each platform, still without binary; resolves to their folders by platform. */
async function layOutPlatforms(stage) {
  const folder = join(stage, "platforms");
  mkdirSync(folder);
  // Which it takes to be relative.
  await must([...tool("napi", "create-npm-dirs"), "--npm-dir", relative(root, folder)], { quiet: true });
  return new Map(readdirSync(folder).map((platform) => [platform, join(folder, platform)]));
}

/** Puts a binary into the package of its platform, and the licences of what is linked into it. */
async function complete(platform, folder, binary) {
  cpSync(binary, join(folder, basename(binary)));
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  const { repository, napi } = manifestIn(root);
  const target = napi.targets.find((triple) => parseTriple(triple).platformArchABI === platform);
  writeFileSync(join(folder, NOTICES), await notices(target));
  const { files, ...manifest } = manifestIn(folder);
  const description = `The binary of pushrig for ${platform}`;
  writeManifest(folder, { ...manifest, description, repository, files: [...files, NOTICES] });
  writeFileSync(
    join(folder, "README.md"),
    `# ${manifest.name}\n\nThe binary of \`pushrig\` for ${platform}. npm installs it along with \`pushrig\`; do not depend on it.\n`,
  );
}

/**
 * A file at the root for each entry point, for resolvers that do not know `exports`, such as that of eslint-plugin-import: they take
 * `pushrig/vitest` for a file. Their types are there already.
 */
function writeFallbacks(folder, entries) {
  for (const [entry, target] of Object.entries(entries)) {
    const path = typeof target === "string" ? target : target.default;
    if (entry === "." || entry.includes("*") || !path.endsWith(".js")) continue;
    const file = join(folder, `${entry}.js`);
    const to = relative(dirname(file), join(folder, path)).split(sep).join("/");
    writeFileSync(file, `module.exports = require("${to.startsWith(".") ? to : `./${to}`}");\n`);
  }
}

/** The package as it is published. */
async function layOutMain(stage, platforms) {
  const folder = join(stage, "pushrig");
  const { answer } = await must(["npm", "pack", "--dry-run", "--json"], { quiet: true });
  for (const { path } of JSON.parse(answer)[0].files.filter(({ path }) => !path.endsWith(".node"))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  const { napi, ...manifest } = manifestIn(root);
  // Without `files`, because all that lies here is meant.
  for (const field of ["private", "scripts", "files", "devDependencies", "overrides"]) delete manifest[field];
  writeFallbacks(folder, manifest.exports);
  const names = [...platforms.keys()].sort().map((platform) => `${napi.packageName}-${platform}`);
  const optionalDependencies = Object.fromEntries(names.map((name) => [name, manifest.version]));
  writeManifest(folder, { ...manifest, optionalDependencies });
  return folder;
}

/**
 * Packs into a folder, which is emptied first, and resolves to `[{ name, tarball }]`, the package itself first. `files` are the binaries whose packages are wanted, by
 * default all that were built. Throws if there is none, or one that no package is for.
 */
export async function packAll(folder, files = builtBinaries()) {
  if (files.length === 0) throw new Error(`no binary in ${binaries}: node scripts/binary.mjs makes this machine's`);
  // Absolute: npm takes `packages/pushrig` for a repository on GitHub.
  const to = resolve(folder);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  mkdirSync(join(root, ".cache"), { recursive: true });
  // Inside the checkout: napi lays out nothing elsewhere.
  const stage = mkdtempSync(join(root, ".cache", "stage-"));
  try {
    return await packFrom(stage, to, files);
  } finally {
    rmSync(stage, { recursive: true });
  }
}

async function packFrom(stage, to, files) {
  const platforms = await layOutPlatforms(stage);
  const packed = [await pack(await layOutMain(stage, platforms), to)];
  for (const file of files) {
    const platform = /^pushrig\.(.+)\.node$/.exec(basename(file))?.[1];
    const folder = platforms.get(platform);
    if (folder === undefined) throw new Error(`${file} is for none of ${[...platforms.keys()].join(", ")}`);
    await complete(platform, folder, file);
    packed.push(await pack(folder, to));
  }
  return packed;
}

function builtBinaries() {
  if (!existsSync(binaries)) return [];
  return readdirSync(binaries)
    .filter((name) => name.endsWith(".node"))
    .map((name) => join(binaries, name));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const { tarball } of await packAll(process.argv[2] ?? packages)) console.log(tarball);
}
