/** The headers of a response: node-fetch 2's class, whose values are found by name in any case. */
export class ResponseHeaders implements Iterable<[string, string]> {
  /** By lower-case name: the name as given and its values. */
  readonly #fields = new Map<string, { name: string; values: string[] }>();

  constructor(init: Record<string, string | string[] | undefined> = {}) {
    for (const [name, value] of Object.entries(init)) {
      for (const one of value === undefined ? [] : [value].flat()) this.append(name, one);
    }
  }

  /** The values joined by `, `, or null. */
  get(name: string): string | null {
    return this.#fields.get(String(name).toLowerCase())?.values.join(", ") ?? null;
  }

  has(name: string): boolean {
    return this.#fields.has(String(name).toLowerCase());
  }

  set(name: string, value: string): void {
    const key = String(name).toLowerCase();
    this.#fields.set(key, { name: this.#fields.get(key)?.name ?? name, values: [String(value)] });
  }

  append(name: string, value: string): void {
    const field = this.#fields.get(String(name).toLowerCase());
    if (field) field.values.push(String(value));
    else this.set(name, value);
  }

  delete(name: string): void {
    this.#fields.delete(String(name).toLowerCase());
  }

  forEach(callback: (value: string, name: string) => void): void {
    for (const [name, value] of this) callback(value, name);
  }

  *entries(): IterableIterator<[string, string]> {
    for (const name of this.keys()) yield [name, String(this.get(name))];
  }

  /** The lower-case names, sorted. */
  keys(): IterableIterator<string> {
    return [...this.#fields.keys()].sort().values();
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  /** Every value by the name as it was given. */
  raw(): { [name: string]: string[] } {
    return Object.fromEntries([...this.#fields.values()].map(({ name, values }) => [name, [...values]]));
  }

  get [Symbol.toStringTag](): string {
    return "Headers";
  }
}
