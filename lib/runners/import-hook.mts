// Runs in Node 20's thread for import hooks; newer versions do without (hooks.ts).
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { standInForUrl } from "./hooks.js";

const dist = dirname(dirname(fileURLToPath(import.meta.url)));

type Context = { parentURL?: string };
type Resolved = { url: string; format?: string; shortCircuit?: boolean };

export async function resolve(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Promise<Resolved>,
): Promise<Resolved> {
  const found = await next(specifier, context).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const resolved = "value" in found ? found.value : undefined;
  const url = standInForUrl(specifier, resolved?.url, context.parentURL, dist);
  if (url !== undefined) return { url, format: "commonjs", shortCircuit: true };
  if ("error" in found) throw found.error;
  return found.value;
}
