// `pushrig/assert`: what the matchers say, for test runners without `expect`.
export * from "./runners/matchers/assertions";
