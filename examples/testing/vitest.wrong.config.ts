// `npm run test:wrong`: tests that are wrong, to see what is said of them.
import { defineConfig } from "vitest/config";
import config from "./vitest.config.ts";

export default defineConfig({ ...config, test: { ...config.test, include: ["wrong/*.test.ts"] } });
