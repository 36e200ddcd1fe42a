/**
 * The matchers' types for Vitest: an ES module, because CommonJS means another file of Vitest's by the same name. Without type
 * parameters, because the versions of Vitest have different ones.
 */
import type { PushrigMatchers } from "./dist/runners/matchers/types.js";

// @ts-ignore -- Vitest need not be installed
declare module "vitest" {
  interface Matchers extends PushrigMatchers {}
  interface Assertion extends PushrigMatchers {}
  interface AsymmetricMatchersContaining extends PushrigMatchers {}
}
