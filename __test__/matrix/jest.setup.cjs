// The same test files run under Vitest: what they use of `vi` and of its matchers, Jest has under other names.
globalThis.vi = jest;

expect.extend({
  toBeTypeOf(value, type) {
    return { pass: typeof value === type, message: () => `expected ${String(value)} to be of type ${type}` };
  },
});
