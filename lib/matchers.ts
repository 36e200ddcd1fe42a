// `pushrig/matchers`: for `expect.extend` where no plugin has done it.
export { MATCHERS as pushrigMatchers } from "./runners/matchers/table";
