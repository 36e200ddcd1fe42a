/**
 * A promise that knows whether anybody has taken it: by `await`, `then`, `catch`, `finally`, `Promise.all`, or by returning it from an
 * `async` function. All of them call `then` of what is not exactly a `Promise`.
 */
export class WatchedPromise<T> extends Promise<T> {
  /** What `then` answers is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #isTaken = false;

  get isTaken(): boolean {
    return this.#isTaken;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isTaken = true;
    return super.then(onFulfilled, onRejected);
  }
}

/** Follows `promise`, which nobody has to handle any more: an error of it that nobody takes is unhandled here. */
export function watchPromise<T>(promise: PromiseLike<T>): WatchedPromise<T> {
  return new WatchedPromise((resolve) => resolve(promise));
}
