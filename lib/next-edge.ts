// `pushrig/next` in an Edge runtime, for which Next.js compiles `instrumentation.ts` a second time: the gateway is Node's to open.
export async function register(): Promise<void> {}
