/** What a matcher finds, whoever asks: `expect` of a runner, or `pushrig/assert`. */
export interface Verdict {
  /** Undefined where that cannot be told: then the assertion fails, and so does its opposite. */
  holds: boolean | undefined;
  /** Why the assertion has failed; with `isNot` its opposite. */
  text(isNot: boolean): string;
}
