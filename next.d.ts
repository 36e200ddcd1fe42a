/**
 * Adds the mock to a configuration of Next.js, or to a function that makes one:
 *
 * ```ts
 * // next.config.ts
 * import { withPushrig } from "pushrig/next";
 * export default withPushrig({ reactStrictMode: true });
 * ```
 *
 * `process.env.USE_MOCKS` then means something in the browser. With `USE_MOCKS=true` the browser's bundle also gets the mock's
 * `NEXT_PUBLIC_PUSHER_KEY` and `NEXT_PUBLIC_PUSHER_CLUSTER` and the gateway's address, `NEXT_PUBLIC_PUSHRIG_URL`; the package stays
 * outside of the server's bundles, and its addon comes along with `output: "standalone"`. Otherwise a stub takes the package's
 * place in every bundle. In bundles for the browser a stub takes that of `pusher`. All of this is fixed when `next dev` starts or
 * `next build` runs. Entries of your own stay and win.
 */
export function withPushrig<Config extends object | ((...args: never[]) => unknown) = object>(
  config?: Config,
): Config extends (...args: infer Args) => infer Made ? (...args: Args) => Promise<Awaited<Made>> : Config;

/**
 * Opens the gateway for browsers, once per process, on port 6001 or `PUSHRIG_PORT`:
 *
 * ```ts
 * // instrumentation.ts
 * export { register } from "pushrig/next";
 * ```
 *
 * Does nothing unless `USE_MOCKS` is `"true"`, during `next build`, and in the Edge runtime. When another process's gateway has
 * the port, or `PUSHRIG_URL` names one, servers of this process publish there.
 *
 * @throws Error when another program has the port
 */
export function register(): Promise<void>;
