const { withPushrig } = require("pushrig/jest");

const shared = {
  testEnvironment: process.env.MATRIX_ENVIRONMENT,
  transform: { "\\.[jt]s$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2022" } }] },
  transformIgnorePatterns: ["/node_modules/(?!dep-esm)"],
  setupFilesAfterEnv: ["<rootDir>/jest.setup.cjs"],
};

module.exports = {
  projects: [
    { ...shared, displayName: "plain", testMatch: ["<rootDir>/plain/*.test.ts"] },
    withPushrig({ ...shared, displayName: "swapped", testMatch: ["<rootDir>/swapped/*.test.ts"] }),
  ],
};
