import { useSignal } from "@preact/signals";

/** Values of a list or an object that are shown at once. */
const SHOWN = 200;

/** A value of JSON, to open and close. What clients have sent is text, whatever it looks like. */
export function Tree({ name, value, depth = 0 }: { name: string; value: unknown; depth?: number }) {
  const most = useSignal(SHOWN);
  const isOpen = useSignal(depth < 2);
  if (typeof value !== "object" || value === null) {
    return (
      <div class="leaf">
        <span class="name">{name}</span>{" "}
        <span data-type={value === null ? "null" : typeof value}>{visible(JSON.stringify(value))}</span>
      </div>
    );
  }
  const fields = Object.entries(value);
  const size = Array.isArray(value) ? `[${fields.length}]` : `{${fields.length}}`;
  return (
    <details class="tree" open={isOpen.value} onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>
        <span class="name">{name}</span> <span class="count">{size}</span>
      </summary>
      {isOpen.value &&
        fields
          .slice(0, most.value)
          .map(([field, inner]) => <Tree key={field} name={visible(field)} value={inner} depth={depth + 1} />)}
      {isOpen.value && fields.length > most.value && (
        <button type="button" class="quiet" onClick={() => (most.value += SHOWN)}>
          {fields.length - most.value} more
        </button>
      )}
    </details>
  );
}

/** Characters that would turn or hide the text around them are written out; lines stay lines. */
export function visible(text: string): string {
  return text.replace(
    /(?!\n)[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function Copy({ name, text }: { name: string; text(): string | Promise<string> }) {
  const said = useSignal(name);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(await text());
      said.value = "Copied";
    } catch {
      said.value = "The browser does not let this page copy";
    }
    setTimeout(() => (said.value = name), 2_000);
  };
  return (
    <button type="button" onClick={() => void copy()}>
      <span aria-live="polite">{said}</span>
    </button>
  );
}

/** The first letter on a colour of its own. */
export function Avatar({ name }: { name: string }) {
  const letter = /[\p{L}\p{N}]/u.exec(name.replace(/^(user|socket) /, ""))?.[0] ?? "?";
  let hue = 0;
  for (const character of name) hue = (hue * 31 + (character.codePointAt(0) ?? 0)) % 8;
  return (
    <span class="avatar" data-hue={hue} aria-hidden="true">
      {letter.toUpperCase()}
    </span>
  );
}
