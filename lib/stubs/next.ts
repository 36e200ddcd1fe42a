// `pushrig/next` in bundles where no gateway is opened: without mocks, and in an Edge runtime, for which Next.js compiles
// `instrumentation.ts` a second time.
export async function register(): Promise<void> {}
