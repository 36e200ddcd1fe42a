import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";

export interface Manifest {
  name: string;
  version: string;
  [field: string]: unknown;
}

/** The package.json inside a tarball. */
export function manifestOf(tarball: string): Manifest {
  return JSON.parse(execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" }));
}

/** A registry of npm packages on loopback, as if these tarballs were published, and with them the binaries of other machines. */
export class Registry {
  /** Names of the tarballs that were asked for. */
  readonly downloads: string[] = [];
  readonly #server: Server;
  readonly #tarballs: Map<string, string>;
  readonly #manifests: Map<string, Manifest>;

  private constructor(tarballs: string[]) {
    this.#tarballs = new Map(tarballs.map((tarball) => [basename(tarball), tarball]));
    const manifests = tarballs.map(manifestOf);
    const ofOtherMachines = manifests.flatMap(({ optionalDependencies = {} }) =>
      Object.entries(optionalDependencies as Record<string, string>).map(([name, version]) =>
        bindingFor(name, version),
      ),
    );
    this.#manifests = new Map([...ofOtherMachines, ...manifests].map((manifest) => [manifest.name, manifest]));
    this.#server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? "/").slice(1);
      const tarball = this.#tarballs.get(path.replace(/^-\//, ""));
      const manifest = this.#manifests.get(path);
      if (tarball !== undefined) {
        this.downloads.push(basename(tarball));
        response.end(readFileSync(tarball));
      } else if (manifest !== undefined) {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(this.#packument(manifest)));
      } else {
        response.writeHead(404).end();
      }
    });
  }

  static async of(tarballs: string[]): Promise<Registry> {
    const registry = new Registry(tarballs);
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #packument(manifest: Manifest): object {
    const { name, version } = manifest;
    const file = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
    const tarball = this.#tarballs.get(file);
    const hash = createHash("sha512").update(tarball === undefined ? "" : readFileSync(tarball));
    const dist = { tarball: `${this.url}-/${file}`, integrity: `sha512-${hash.digest("base64")}` };
    return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
  }
}

/** What is published of the binary for the machine that a package's name tells. */
function bindingFor(name: string, version: string): Manifest {
  const [os, cpu, abi] = name.replace("@pushrig/binding-", "").split("-");
  const libc = { gnu: ["glibc"], musl: ["musl"] }[abi ?? ""];
  return { name, version, os: [os], cpu: [cpu], ...(libc && { libc }) };
}
