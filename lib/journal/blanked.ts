/** What of a payload, or of a text, may not be shown: configured secrets, and values under names like secrets. */

const BLANKED = "[blanked]";

/** Shorter ones are words, which names and texts have for other reasons. */
const SHORTEST_SECRET = 8;

const PART =
  "password|passwd|passphrase|secret|token|authorization|api[-_]?key|private[-_]?key|access[-_]?key|credential|cookie|bearer";
const ANYWHERE = new RegExp(PART, "i");
const WHOLE = /^(auth|pwd|pin|otp|cvv|cvc|jwt)$/i;

/** `"password": "x"`, `token=x`, `apiKey: 'x'`, also where the end is missing. */
const PAIR = new RegExp(
  String.raw`((?:\\*["'])?\b[\w-]*(?:${PART})[\w-]*(?:\\*["'])?\s*(?::\s*|=))` +
    String.raw`(\\*"(?:[^"\\]|\\[^"])*(?:\\*"|$)|'[^'\n]*(?:'|$)|(?<==)[^\s&"',;]+|(?<=:\s*)-?\d[\d.]*)`,
  "gi",
);
/** `https://user:password@host` */
const USERINFO = /(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@"']+@/gi;
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/g;

/** A text with what may not be shown blanked; the same text where there is nothing. JSON stays JSON. */
export function hiddenIn(text: string, secrets: readonly string[]): string {
  if (/^\s*[[{"]/.test(text)) {
    try {
      const value = JSON.parse(text) as unknown;
      const hiddenValue = blankedIn(value, secrets);
      return hiddenValue.changed ? JSON.stringify(hiddenValue.value) : text;
    } catch {
      // Cut, or not JSON after all.
    }
  }
  const named = text
    .replace(PAIR, (_all, name: string, value: string) => {
      const quote = /^\\*["']/.exec(value)?.[0] ?? "";
      return `${name}${quote}${BLANKED}${quote}`;
    })
    .replace(USERINFO, `$1${BLANKED}@`)
    .replace(BEARER, `$1 ${BLANKED}`);
  return without(named, secrets);
}

/** A value in which no text has a secret in it. */
export function hidden<T>(value: T, secrets: readonly string[]): T {
  const asked = secrets.filter(({ length }) => length >= SHORTEST_SECRET);
  if (asked.length === 0) return value;
  const text = JSON.stringify(value);
  // Most have none.
  if (!asked.some((secret) => text.includes(JSON.stringify(secret.slice(0, SHORTEST_SECRET)).slice(1, -1))))
    return value;
  return JSON.parse(text, (_name, part: unknown) => (typeof part === "string" ? without(part, asked) : part)) as T;
}

function without(text: string, secrets: readonly string[]): string {
  let shown = text;
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    if (shown.includes(secret)) shown = shown.replaceAll(secret, BLANKED);
    if (shown.includes("…")) shown = withoutBeginnings(shown, secret);
  }
  return shown;
}

/** A text that was shortened may end in a secret. */
function withoutBeginnings(text: string, secret: string): string {
  const parts = text.split("…");
  const last = parts.pop();
  const shown = parts.map((part) => {
    for (let length = secret.length - 1; length >= SHORTEST_SECRET; length -= 1) {
      if (part.endsWith(secret.slice(0, length))) return `${part.slice(0, -length)}${BLANKED}`;
    }
    return part;
  });
  return [...shown, last].join("…");
}

interface Blanked {
  value: unknown;
  changed: boolean;
}

function blankedIn(value: unknown, secrets: readonly string[]): Blanked {
  if (typeof value === "string") {
    const text = hiddenIn(value, secrets);
    return { value: text, changed: text !== value };
  }
  if (typeof value !== "object" || value === null) return { value, changed: false };
  let changed = false;
  const keep = (part: Blanked): unknown => {
    changed ||= part.changed;
    return part.value;
  };
  const parts = Array.isArray(value)
    ? value.map((part) => keep(blankedIn(part, secrets)))
    : Object.fromEntries(
        Object.entries(value).map(([name, part]) => {
          const shown = keep(isSecret(name) ? emptied(part, name) : blankedIn(part, secrets));
          return [name, shown];
        }),
      );
  return { value: parts, changed };
}

function isSecret(name: string): boolean {
  return ANYWHERE.test(name) || WHOLE.test(name);
}

/** What stands under such a name, of the same shape. How many tokens something took is no secret. */
function emptied(value: unknown, name: string): Blanked {
  if (typeof value === "string") return { value: value === "" ? "" : BLANKED, changed: value !== "" };
  if (typeof value === "number") return /tokens$/i.test(name) ? { value, changed: false } : { value: 0, changed: true };
  if (typeof value !== "object" || value === null) return { value, changed: false };
  if (Array.isArray(value)) {
    return { value: value.map((part) => emptied(part, name).value), changed: value.length > 0 };
  }
  const parts = Object.entries(value).map(([own, part]) => [own, emptied(part, own).value] as const);
  return { value: Object.fromEntries(parts), changed: parts.length > 0 };
}
