import { useSignal } from "@preact/signals";

/** Values of a list or an object that are shown at once. */
const SHOWN = 200;

/** A value of JSON, to open and close. What clients have sent is text, whatever it looks like. */
export function Tree({ name, value, depth = 0 }: { name: string; value: unknown; depth?: number }) {
  const most = useSignal(SHOWN);
  if (typeof value !== "object" || value === null) {
    return (
      <div class="leaf">
        <span class="name">{name}</span>{" "}
        <span data-type={value === null ? "null" : typeof value}>{JSON.stringify(value)}</span>
      </div>
    );
  }
  const fields = Object.entries(value);
  const size = Array.isArray(value) ? `[${fields.length}]` : `{${fields.length}}`;
  return (
    <details class="tree" open={depth < 2}>
      <summary>
        <span class="name">{name}</span> <span class="count">{size}</span>
      </summary>
      {fields.slice(0, most.value).map(([field, inner]) => (
        <Tree key={field} name={field} value={inner} depth={depth + 1} />
      ))}
      {fields.length > most.value && (
        <button type="button" class="quiet" onClick={() => (most.value += SHOWN)}>
          {fields.length - most.value} more
        </button>
      )}
    </details>
  );
}

export function Copy({ name, text }: { name: string; text(): string }) {
  const said = useSignal(name);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
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
