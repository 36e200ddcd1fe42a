// `pushrig/matchers` in a page of Vitest's browser mode.
export { AWAITED as pushrigMatchers } from "./runners/matchers/awaited";
