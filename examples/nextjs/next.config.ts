import type { NextConfig } from "next";
import { withPushrig } from "pushrig/next";

const nextConfig: NextConfig = {
  // This example lies inside another project. An application at the root of its own needs no such lines.
  turbopack: { root: __dirname },
  outputFileTracingRoot: __dirname,
  output: process.env.NEXT_OUTPUT === "standalone" ? "standalone" : undefined,
};

export default withPushrig(nextConfig);
