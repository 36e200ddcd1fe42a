// `pushrig/next` in a configuration and in `instrumentation.ts`; the shape of Next.js's own type, which is not installed here.
import { register, withPushrig } from "pushrig/next";

interface NextConfig {
  reactStrictMode?: boolean;
  env?: Record<string, string | undefined>;
}

const nextConfig: NextConfig = { reactStrictMode: true };

export default withPushrig(nextConfig) satisfies NextConfig;
export const empty: object = withPushrig();
export const inPhases: (phase: string) => Promise<NextConfig> = withPushrig((phase: string): NextConfig => ({
  reactStrictMode: phase !== "phase-export",
}));
export const registered: Promise<void> = register();

// @ts-expect-error -- no configuration
withPushrig("standalone");
