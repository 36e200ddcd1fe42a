const { withPushrig } = require("pushrig/jest");

const shared = {
  testEnvironment: process.env.MATRIX_ENVIRONMENT,
  transform: {
    "\\.[jt]s$": [
      "babel-jest",
      {
        presets: ["@babel/preset-typescript"],
        plugins: ["@babel/plugin-transform-dynamic-import", "@babel/plugin-transform-modules-commonjs"],
      },
    ],
  },
  transformIgnorePatterns: ["/node_modules/(?!dep-esm)"],
  setupFilesAfterEnv: ["<rootDir>/jest.setup.cjs"],
};

module.exports = {
  projects: [
    { ...shared, displayName: "plain", testMatch: ["<rootDir>/plain/*.test.ts"] },
    withPushrig({ ...shared, displayName: "swapped", testMatch: ["<rootDir>/swapped/*.test.ts"] }),
    withPushrig({ ...shared, displayName: "kept", testMatch: ["<rootDir>/kept/*.test.ts"] }, { reset: "file" }),
    // The same by name.
    { ...shared, preset: "pushrig", displayName: "preset", testMatch: ["<rootDir>/swapped/{shapes,reset}.test.ts"] },
  ],
};
