/** Made by the plugin of vitest.ts. */
declare module "virtual:pushrig/routes" {
  const routes: Array<{ endpoint: string; file: string; name: string; load(): Promise<unknown> }>;
  export default routes;
}
