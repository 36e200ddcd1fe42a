/**
 * Objects that may go when nobody else holds them. No FinalizationRegistry: Node 20 aborts when its cleanup meets the end of a
 * worker that ran `vm` contexts.
 */
export class WeakList<T extends object> {
  readonly #references = new Set<WeakRef<T>>();
  #cursor: Iterator<WeakRef<T>> | undefined;

  /** Answers what takes it out again. */
  add(value: T): WeakRef<T> {
    // Two are looked at for each one that comes, round and round: what was collected does not pile up.
    for (let looks = Math.min(2, this.size); looks > 0; looks -= 1) {
      this.#cursor ??= this.#references.values();
      const reference = this.#cursor.next().value as WeakRef<T> | undefined;
      if (reference === undefined) this.#cursor = undefined;
      else if (reference.deref() === undefined) this.#references.delete(reference);
    }
    const reference = new WeakRef(value);
    this.#references.add(reference);
    return reference;
  }

  remove(reference: WeakRef<T>): void {
    this.#references.delete(reference);
  }

  /** How many there are, and some that are gone. */
  get size(): number {
    return this.#references.size;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const reference of this.#references) {
      const value = reference.deref();
      if (value !== undefined) yield value;
      else this.#references.delete(reference);
    }
  }
}
