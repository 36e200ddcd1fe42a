const MAX_LENGTH = 100;
const SECRETS: ReadonlySet<string> = new Set(["secret", "token"]);

/** A value as error messages show it. Secrets stay out of them, because messages end in logs. */
export function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return showText(value);
  try {
    if (!isPlain(value)) return shortened(String(value));
    return shortened(JSON.stringify(value, (name, field: unknown) => (SECRETS.has(name) ? "…" : field)));
  } catch {
    return Array.isArray(value) ? "a list" : "an object";
  }
}

function showText(text: string): string {
  if (text.length <= MAX_LENGTH) return JSON.stringify(text);
  return `${JSON.stringify(`${text.slice(0, MAX_LENGTH)}…`)} (${text.length} characters)`;
}

function shortened(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/** Whether its fields are all there is to it; also where it comes from another realm, as in Jest. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}
