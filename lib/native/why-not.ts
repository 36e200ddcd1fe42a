/** Why the addon does not load, and what helps. */

/** The generated loader tries every place and keeps the errors as a chain of causes. */
export function whyNot(error: Error): Error {
  const messages: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) messages.push(cause.message);
  const text = messages.join("\n");
  const where = `${process.platform}-${process.arch}, Node ${process.versions.node}`;
  // The loader tries WebAssembly last, which is not published.
  const missing = /Cannot find module '(@pushrig\/binding-(?!wasm)[\w-]+)'/.exec(text)?.[1];
  // What is there and does not load says more than what is not there.
  const broken = messages.slice(1).find((message) => !/Cannot find module|Unsupported/.test(message));
  const { NAPI_RS_NATIVE_LIBRARY_PATH: chosen } = process.env;
  const why = chosen
    ? `NAPI_RS_NATIVE_LIBRARY_PATH names a binary that does not load: ${about(chosen, messages)}\n` +
      "Unset the variable, or let it name a binary of pushrig for this machine."
    : broken !== undefined
      ? `its binary does not load on this machine (${where}): ${broken}\n${BROKEN}`
      : missing !== undefined
        ? `its binary for this machine (${where}) is not installed: there is no package ${missing}.\n${MISSING}`
        : `there is no binary for this machine (${where}).\nThere are binaries for Linux (glibc 2.17 and newer, and musl), ` +
          "macOS and Windows, each on x64 and arm64; elsewhere build it from the repository, with Rust.";
  // Without the chain: a page of places where nothing was found helps nobody.
  return Object.assign(new Error(`pushrig: ${why}`), { code: "PUSHRIG_BINARY" });
}

/** The first line of the error that names this file. */
function about(file: string, messages: string[]): string {
  return messages.find((message) => message.includes(file))?.split("\n", 1)[0] ?? file;
}

const MISSING =
  "It is an optional dependency, left out by --omit=optional, by a lock file from another platform, or because node_modules was " +
  "copied from one.\nTo install it: npm install --include=optional\n" +
  "If that changes nothing, first delete node_modules and package-lock.json. More in docs/installing.md.";

const BROKEN =
  "Most likely node_modules was copied from another system, or the download broke off.\nTo install everything anew: npm ci\n" +
  "Without a lock file, delete node_modules and run npm install. More in docs/installing.md.";
