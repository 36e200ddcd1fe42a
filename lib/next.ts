// `pushrig/next`: what makes the routes of a Next.js application and the tabs it serves meet at one broker.
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Server as TlsServer } from "node:tls";
import type * as Pushrig from "./index";
import { askedRequests, type AskedRequest, CLAIM, claimIn, keepAskedRequests, keyClaimed } from "./base/request-app";
import { attachment } from "./base/attachment";
import { nameProcess } from "./base/process-name";
import { MOCK_CREDENTIALS } from "./options/defaults";
import { portFromEnvironment } from "./options/port";
import { isForEverybody } from "./options/admission";
import { gatewayAddress } from "./options/gateway-address";

type Alias = Record<string, unknown>;

/** What is read and written of webpack's configuration. */
interface WebpackConfig {
  resolve: { alias?: Alias };
}

interface Turbopack {
  resolveAlias?: Alias;
}

interface NextConfig {
  env?: Record<string, string | undefined>;
  serverExternalPackages?: string[];
  outputFileTracingIncludes?: Record<string, string[]>;
  turbopack?: Turbopack;
  /** Where Turbopack's configuration was before Next.js 15.3. */
  experimental?: { turbo?: Turbopack };
  /** Hosts by which people open the application while it is developed. */
  allowedDevOrigins?: string[];
  webpack?: ((config: WebpackConfig, context: { isServer: boolean }) => WebpackConfig) | null;
}

type ConfigFunction = (...args: never[]) => NextConfig | Promise<NextConfig>;

/** What `withPushrig()` hands to `register()`: Next.js reads the configuration in the process of the server, before it registers. */
const ORIGINS = Symbol.for("pushrig.origins");
type Handed = { [ORIGINS]?: string[] };

/** Adds the mock to a configuration, or to a function that makes one. The user's entries stay and win. */
export function withPushrig(config: NextConfig | ConfigFunction = {}) {
  return typeof config === "function" ? async (...args: never[]) => withMock(await config(...args)) : withMock(config);
}

function withMock(config: NextConfig): NextConfig {
  const isMocking = process.env.USE_MOCKS === "true";
  (process as Handed)[ORIGINS] = config.allowedDevOrigins;
  return {
    ...config,
    env: { ...inlined(), ...config.env },
    ...(isMocking && outside(config)),
    ...stubbed(config, isMocking),
  };
}

/** The package outside of the server's bundles: bundlers cannot pack an addon. */
function outside({ serverExternalPackages = [], outputFileTracingIncludes = {} }: NextConfig): NextConfig {
  return {
    serverExternalPackages: [...new Set([...serverExternalPackages, "pushrig"])],
    outputFileTracingIncludes: {
      ...outputFileTracingIncludes,
      [EVERY_ROUTE]: [...(outputFileTracingIncludes[EVERY_ROUTE] ?? []), ...addons()],
    },
  };
}

/** Imports that lead to a stub in every bundle of an application without mocks, so that it runs where pushrig is not installed. */
const WITHOUT_MOCKS = { pushrig: "pushrig", "pushrig/next": "next" };
/** Imports that lead to a stub in every bundle for browsers. */
const IN_BROWSERS = { pusher: "pusher" };

/** What has no business in a bundle replaced, for either bundler. */
function stubbed(config: NextConfig, isMocking: boolean): NextConfig {
  const everywhere = isMocking ? {} : WITHOUT_MOCKS;
  return { ...forTurbopack(config, everywhere), webpack: forWebpack(config, everywhere) };
}

function forWebpack({ webpack }: NextConfig, everywhere: Record<string, string>): NextConfig["webpack"] {
  return (webpackConfig, context) => {
    const made = webpack?.(webpackConfig, context) ?? webpackConfig;
    const alias: Alias = { ...made.resolve.alias };
    for (const [name, stub] of Object.entries({ ...everywhere, ...(!context.isServer && IN_BROWSERS) })) {
      // With `$` the name alone is meant, not what begins with it.
      if (!(name in alias)) alias[`${name}$`] ??= join(__dirname, "stubs", `${stub}.js`);
    }
    made.resolve.alias = alias;
    return made;
  };
}

function forTurbopack(config: NextConfig, everywhere: Record<string, string>): NextConfig {
  // Next.js 16 refuses to ignore a `webpack` of the user's, unless a `turbopack` is there; ours must not hide that.
  if (config.webpack && !config.turbopack && process.env.TURBOPACK === "auto") return {};
  const resolveAlias: Alias = {};
  for (const [name, stub] of Object.entries(everywhere)) resolveAlias[name] = `pushrig/stubs/${stub}`;
  for (const [name, stub] of Object.entries(IN_BROWSERS)) resolveAlias[name] = { browser: `pushrig/stubs/${stub}` };
  const completed = (own: Turbopack | undefined) => ({
    ...own,
    resolveAlias: { ...resolveAlias, ...own?.resolveAlias },
  });
  const { experimental } = config;
  return hasTurbopackOption()
    ? { turbopack: completed(config.turbopack) }
    : { experimental: { ...experimental, turbo: completed(experimental?.turbo) } };
}

/** Whether the application's Next.js has the option `turbopack`, as since 15.3. */
function hasTurbopackOption(): boolean {
  try {
    const manifest = require.resolve("next/package.json", { paths: [process.cwd()] });
    const [major, minor] = (require(manifest) as { version: string }).version.split(".").map(Number);
    return major > 15 || (major === 15 && minor >= 3);
  } catch {
    return true;
  }
}

const EVERY_ROUTE = "/*";

/** What a bundle reads as `process.env.NAME`, as text in its place: fixed when `next dev` starts or `next build` runs. */
function inlined(): Record<string, string> {
  const { USE_MOCKS = "false" } = process.env;
  if (USE_MOCKS !== "true") return { USE_MOCKS };
  return {
    USE_MOCKS,
    // The mock's, also where the real ones are set: they have no business in a bundle that talks to the mock.
    NEXT_PUBLIC_PUSHER_KEY: MOCK_CREDENTIALS.key,
    NEXT_PUBLIC_PUSHER_CLUSTER: MOCK_CREDENTIALS.cluster,
    NEXT_PUBLIC_PUSHRIG_URL:
      addressIn("NEXT_PUBLIC_PUSHRIG_URL") || elsewhere() || (isSecure() ? secureUrl() : ownUrl()),
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
  return addressIn("PUSHRIG_URL");
}

/** The gateway that a variable names; throws a TypeError if that is no gateway's address. */
function addressIn(variable: "PUSHRIG_URL" | "NEXT_PUBLIC_PUSHRIG_URL"): string | undefined {
  const url = process.env[variable];
  if (!url) return undefined;
  gatewayAddress(url, variable);
  return url;
}

function ownUrl(): string {
  return `http://127.0.0.1:${portFromEnvironment()}`;
}

/** For pages over https. By name, because every certificate for development has that one. */
function secureUrl(): string {
  return `https://localhost:${portFromEnvironment()}`;
}

/** Whether this is `next dev --experimental-https`, as Next.js has it for itself. */
function isSecure(): boolean {
  return process.env.__NEXT_EXPERIMENTAL_HTTPS === "1";
}

/**
 * The certificate of `next dev --experimental-https`. Next.js tells nobody which files it was given or has made, but the server
 * of this process remembers what it has read from them.
 */
function certificate(): { cert: string | Buffer; key: string | Buffer } | undefined {
  const handles = (process as { _getActiveHandles?(): unknown[] })._getActiveHandles?.() ?? [];
  for (const handle of handles) {
    const { cert, key } = handle as { cert?: string | Buffer; key?: string | Buffer };
    if (handle instanceof TlsServer && cert && key) return { cert, key };
  }
  // Where it makes its own.
  const [cert, key] = ["localhost.pem", "localhost-key.pem"].map((name) => join(process.cwd(), "certificates", name));
  return existsSync(cert) && existsSync(key) ? { cert, key } : undefined;
}

/**
 * For `instrumentation.ts`: opens the gateway, once per process. When a process of the same project has the port, this one uses that
 * one's gateway, and takes its place when it ends.
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

async function open(): Promise<void> {
  const other = elsewhere();
  if (other !== undefined) {
    say(`events go to the gateway at ${other} (PUSHRIG_URL)`);
    // Which apps requests may claim is known once it has answered. Where it does not yet, who needs it asks again.
    (require("./index") as typeof Pushrig).clientOptions();
    await attachment()
      ?.ready()
      .catch(() => {});
    hearClaims();
    return;
  }
  // Loaded here, so that an application without mocks never loads the addon on this account.
  const { listen } = require("./index") as typeof Pushrig;
  const url = ownUrl();
  const tls = isSecure() ? certificate() : undefined;
  if (isSecure() && tls === undefined) {
    say(
      "next dev serves https, but its certificate is not to be found, so pages cannot reach the gateway. Start " +
        "`npx pushrig --tls-cert FILE --tls-key FILE`, and set NEXT_PUBLIC_PUSHRIG_URL to its https: address, PUSHRIG_URL to " +
        "the same with http:",
    );
  }
  nameProcess(process.env.NODE_ENV === "production" ? "next start" : "next dev");
  const gateway = await listen({
    attach: true,
    port: portFromEnvironment(),
    origins: allowedOrigins(),
    ...(tls && { tls }),
  });
  // The server keeps the process; the gateway goes when it goes.
  gateway.unref();
  hearClaims();
  if (gateway.role === "attached") return;
  const address = tls === undefined ? url : secureUrl();
  say(`the gateway for browsers listens at ${address}`);
  say(`what happens there is shown at ${address}/`);
}

/**
 * From now on servers of the default app act on the app that the request claims which is being answered: a test of Playwright has an
 * app of its own at the gateway of this process, or at the one that this process is attached to.
 */
function hearClaims(): void {
  if (askedRequests() !== undefined) return;
  const storage = new AsyncLocalStorage<AskedRequest | undefined>();
  keepAskedRequests({ storage, hasBeenHeard: false, hasSaid: false });
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const claim = claimIn(request.headers);
    storage.enterWith({ claim, host: request.headers.host, response });
    if (claim !== undefined && mayBeHere(keyClaimed(claim))) response.setHeader(CLAIM, keyClaimed(claim));
  });
  // What the application asks of itself on the way.
  subscribe("undici:request:create", (message) => {
    const { request } = message as { request: { origin?: unknown; addHeader(name: string, value: string): unknown } };
    const asked = storage.getStore();
    if (
      asked?.claim !== undefined &&
      asked.host !== undefined &&
      String(request.origin).replace(/^https?:\/\//, "") === asked.host
    ) {
      request.addHeader(CLAIM, asked.claim);
    }
  });
}

/** False where this process is attached to a gateway that has not told it of such an app. */
function mayBeHere(key: string): boolean {
  const added = attachment()?.added;
  return added === undefined || added.some((app) => app.key === key);
}

/** The hosts of `allowedDevOrigins`, as the gateway names them. Next.js has patterns besides, which it has not. */
function allowedOrigins(): string[] {
  const hosts = ((process as Handed)[ORIGINS] ?? []).map((host) => host.replace(/^\*\*\./, "*."));
  return hosts.filter((host) => !isForEverybody(host) && /^(\*\.(?![\d.]+$))?[\w-]+(\.[\w-]+)*$/.test(host));
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
