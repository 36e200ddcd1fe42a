/** So few are not looked through. */
const FEW = 32;

/** A place in a list. */
export interface Place<T extends object> {
  /** Undefined once it was taken out: see below. */
  reference: WeakRef<T> | undefined;
}

/**
 * Objects that may go when nobody else holds them. No FinalizationRegistry: Node 20 aborts when its cleanup meets the end of a
 * worker that ran `vm` contexts.
 *
 * A set that changes gets a new table now and then, and V8's young collector keeps the tables of before, with all that a `WeakRef`
 * in there leads to, until the next full collection. So who is taken out is taken out of its place too, and no iterator is
 * kept from one call to the next.
 */
export class WeakList<T extends object> {
  /** None before the first one. */
  #places: Set<Place<T>> | undefined;
  /** With so many it is looked through: what was collected does not pile up. */
  #limit = FEW;

  /** Answers what takes it out again. */
  add(value: T): Place<T> {
    const places = (this.#places ??= new Set());
    if (places.size >= this.#limit) {
      for (const place of places) if (place.reference?.deref() === undefined) places.delete(place);
      this.#limit = Math.max(FEW, 2 * places.size);
    }
    const place = { reference: new WeakRef(value) };
    places.add(place);
    return place;
  }

  remove(place: Place<T>): void {
    this.#places?.delete(place);
    place.reference = undefined;
  }

  /** How many there are, and some that are gone. */
  get size(): number {
    return this.#places?.size ?? 0;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const place of this.#places ?? []) {
      const value = place.reference?.deref();
      if (value !== undefined) yield value;
      else this.#places?.delete(place);
    }
  }
}
