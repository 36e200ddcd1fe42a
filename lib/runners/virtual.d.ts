/** Made by the plugin of vitest.ts. */
declare module "virtual:pushrig/project" {
  export const routes: Array<{ endpoint: string; file: string; name: string; load(): Promise<unknown> }>;
  export const contract: { file: string; load(): Promise<unknown> } | undefined;
}
