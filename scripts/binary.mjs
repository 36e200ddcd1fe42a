// `node scripts/binary.mjs [TARGET]`: builds the binary that is published for a Rust target, by default this machine's.
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { must, run, tool } from "./command.mjs";
import { installEnvironment, programs } from "./python.mjs";
import { install } from "./setup.mjs";
import { root } from "./stale.mjs";

/** The oldest glibc that the binaries for it run with: that of CentOS 7, and of every Linux that Node 20 runs on. */
export const OLDEST_GLIBC = "2.17";

/** Where binaries to publish are kept. */
export const binaries = join(root, ".cache", "binaries");

async function thisMachine() {
  const { answer } = await run(["rustc", "-vV"], { quiet: true });
  return /^host: (.+)$/m.exec(answer)?.[1];
}

/** The binary as napi names it, `pushrig.linux-x64-gnu.node`, in `binaries`. */
export async function buildBinary(target) {
  target ??= await thisMachine();
  const fresh = join(root, ".cache", "fresh-binary");
  const options = ["--platform", "--release", "--no-js", "--output-dir", fresh];
  let env = {};
  if (target.includes("-linux-")) {
    // zig links for any Linux from any machine, and for a glibc older than the machine's own.
    await installEnvironment("zig", "scripts/requirements.txt");
    env = { PATH: `${programs("zig")}${delimiter}${process.env.PATH}` };
    options.push("--cross-compile", "--target", target.endsWith("-gnu") ? `${target}.${OLDEST_GLIBC}` : target);
  } else {
    options.push("--target", target);
  }
  rmSync(fresh, { recursive: true, force: true });
  await must([...tool("napi", "build"), ...options, "--", "--locked"], { env });
  const name = readdirSync(fresh).find((name) => name.endsWith(".node"));
  mkdirSync(binaries, { recursive: true });
  renameSync(join(fresh, name), join(binaries, name));
  rmSync(fresh, { recursive: true });
  return join(binaries, name);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await install();
  console.log(await buildBinary(process.argv[2]));
}
