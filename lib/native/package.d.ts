/** The package's manifest, of which the bundles have the version alone. */
declare module "*/package.json" {
  export const version: string;
}
