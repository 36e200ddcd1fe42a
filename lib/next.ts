// `pushrig/next`: what makes the routes of a Next.js application and the tabs it serves meet at one broker.
import { readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type * as Pushrig from "./index";

interface NextConfig {
  env?: Record<string, string | undefined>;
  serverExternalPackages?: string[];
  outputFileTracingIncludes?: Record<string, string[]>;
}

type ConfigFunction = (...args: never[]) => NextConfig | Promise<NextConfig>;

const DEFAULT_PORT = 6001;

/** Adds the mock to a configuration, or to a function that makes one. The user's entries stay and win. */
export function withPushrig(config: NextConfig | ConfigFunction = {}) {
  return typeof config === "function" ? async (...args: never[]) => withMock(await config(...args)) : withMock(config);
}

function withMock(config: NextConfig): NextConfig {
  const { env, serverExternalPackages = [], outputFileTracingIncludes = {} } = config;
  return {
    ...config,
    env: { ...inlined(), ...env },
    // Bundlers cannot pack an addon.
    serverExternalPackages: [...new Set([...serverExternalPackages, "pushrig"])],
    outputFileTracingIncludes: {
      ...outputFileTracingIncludes,
      [EVERY_ROUTE]: [...(outputFileTracingIncludes[EVERY_ROUTE] ?? []), ...addons()],
    },
  };
}

const EVERY_ROUTE = "/*";

/** What a bundle reads as `process.env.NAME`, as text in its place: fixed when `next dev` starts or `next build` runs. */
function inlined(): Record<string, string> {
  const { USE_MOCKS = "false", NEXT_PUBLIC_PUSHRIG_URL } = process.env;
  if (USE_MOCKS !== "true") return { USE_MOCKS };
  return {
    USE_MOCKS,
    // The mock's, also where the real ones are set: they have no business in a bundle that talks to the mock.
    NEXT_PUBLIC_PUSHER_KEY: "mock-pusher-key",
    NEXT_PUBLIC_PUSHER_CLUSTER: "mock-cluster",
    NEXT_PUBLIC_PUSHRIG_URL: NEXT_PUBLIC_PUSHRIG_URL || elsewhere() || ownUrl(),
  };
}

/** The addon's files, relative to the application, so that `output: "standalone"` copies them. */
function addons(): string[] {
  const { optionalDependencies = {} } = require("../package.json") as { optionalDependencies?: Record<string, string> };
  const folders = [join(__dirname, "..")];
  for (const name of Object.keys(optionalDependencies)) {
    try {
      folders.push(dirname(require.resolve(`${name}/package.json`)));
    } catch {
      // The package of another platform.
    }
  }
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".node"))
      .map((name) => relative(process.cwd(), join(folder, name)).split(sep).join("/")),
  );
}

/** The gateway of another process, where the environment names one. */
function elsewhere(): string | undefined {
  return process.env.PUSHRIG_URL || undefined;
}

function ownUrl(): string {
  return `http://127.0.0.1:${ownPort()}`;
}

function ownPort(): number {
  const { PUSHRIG_PORT } = process.env;
  const port = PUSHRIG_PORT ? Number(PUSHRIG_PORT) : DEFAULT_PORT;
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  // No free port of the system's choice: the browser bundle has to know it beforehand.
  throw new RangeError(`pushrig: PUSHRIG_PORT must be a port from 1 to 65535, not ${JSON.stringify(PUSHRIG_PORT)}`);
}

/**
 * For `instrumentation.ts`: opens the gateway, once per process. When another process's gateway has the port, the servers of
 * this process publish there.
 *
 * @throws Error when something else has the port
 */
export async function register(): Promise<void> {
  if (!isMocking() || process.env.NEXT_PHASE === "phase-production-build") return;
  opening ??= open();
  try {
    await opening;
  } catch (error) {
    opening = undefined;
    throw error;
  }
}

/** Hot reload registers again; this module stays, because it is not part of a bundle. */
let opening: Promise<void> | undefined;

/** Where the servers that this process makes from now on find the gateway: see `throughGateway` in server-options.ts. */
const GATEWAY = Symbol.for("pushrig.gateway");

async function open(): Promise<void> {
  const other = elsewhere();
  if (other !== undefined) {
    say(`events go to the gateway at ${other} (PUSHRIG_URL)`);
    return;
  }
  // Loaded here, so that an application without mocks never loads the addon on this account.
  const { listen } = require("./index") as typeof Pushrig;
  const url = ownUrl();
  try {
    const gateway = await listen({ port: ownPort() });
    // The server keeps the process; the gateway goes when it goes.
    gateway.unref();
    say(`the gateway for browsers listens at ${url}`);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EADDRINUSE") throw error;
    if (!(await isGateway(url))) {
      throw new Error(
        `pushrig: port ${ownPort()} is taken by another program; set PUSHRIG_PORT to a free one, for example in .env.local`,
        { cause: error },
      );
    }
    // Not in the environment, which Next.js restores whenever `.env.local` changes.
    (process as { [GATEWAY]?: string })[GATEWAY] = url;
    say(`another process's gateway listens at ${url} already; events go there`);
  }
}

/** Whether pushrig is what answers at an address. */
async function isGateway(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) });
    return ((await response.json()) as { name?: unknown }).name === "pushrig";
  } catch {
    return false;
  }
}

/**
 * Whether the application runs on mocks. A standalone server has no `.env.local`; what its bundles were built with is in the
 * configuration that it carries along.
 */
function isMocking(): boolean {
  const { USE_MOCKS, __NEXT_PRIVATE_STANDALONE_CONFIG: built } = process.env;
  if (USE_MOCKS !== undefined || built === undefined) return USE_MOCKS === "true";
  return (JSON.parse(built) as NextConfig).env?.USE_MOCKS === "true";
}

function say(text: string): void {
  console.log(`pushrig: ${text}`);
}
