const MAX_LENGTH = 100;
const SECRETS: ReadonlySet<string> = new Set(["secret", "token"]);

/** A value as error messages show it. Secrets stay out of them, because messages end in logs. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (!isPlain(value)) return String(value);
  try {
    const json = JSON.stringify(value, (name, field: unknown) => (SECRETS.has(name) ? "…" : field));
    return json.length > MAX_LENGTH ? `${json.slice(0, MAX_LENGTH)}…` : json;
  } catch {
    return Array.isArray(value) ? "a list" : "an object";
  }
}

/** Whether its fields are all there is to it; also where it comes from another realm, as in Jest. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}
