// Runs in Node 20's thread for import hooks; newer versions do without (hooks.ts).
import { pathToFileURL } from "node:url";
import { standIn } from "./swap.js";

type Resolved = { url: string; format?: string; shortCircuit?: boolean };

export function resolve(
  specifier: string,
  context: unknown,
  next: (specifier: string, context: unknown) => Promise<Resolved>,
): Resolved | Promise<Resolved> {
  const file = standIn(specifier);
  return file ? { url: pathToFileURL(file).href, format: "commonjs", shortCircuit: true } : next(specifier, context);
}
