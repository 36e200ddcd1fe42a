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

const wrong = withPushrig({ ...shared, displayName: "wrong", testMatch: ["<rootDir>/wrong/*.test.ts"] });

const contracted = withPushrig(
  { ...shared, displayName: "contract", testMatch: ["<rootDir>/contract/*.test.ts"] },
  { contract: "./contract/realtime.schema.ts" },
);

const traces = process.env.MATRIX_TRACES;
const traced = withPushrig(
  { ...shared, displayName: "traced", testMatch: ["<rootDir>/traced/*.test.ts"] },
  { trace: "on-failure", dir: traces },
);

module.exports = {
  projects: process.env.MATRIX_WRONG
    ? traces
      ? [traced]
      : [wrong, contracted]
    : [
        { ...shared, displayName: "plain", testMatch: ["<rootDir>/plain/*.test.ts"] },
        withPushrig(
          {
            ...shared,
            displayName: "swapped",
            testMatch: ["<rootDir>/swapped/*.test.ts"],
            moduleDirectories: ["node_modules", "<rootDir>/swapped/src"],
          },
          { routes: { "/api/pusher/auth": "./swapped/app/auth.ts#POST" } },
        ),
        withPushrig({ ...shared, displayName: "kept", testMatch: ["<rootDir>/kept/*.test.ts"] }, { reset: "file" }),
        withPushrig({
          ...shared,
          displayName: "bare",
          testMatch: ["<rootDir>/bare/*.test.ts"],
          injectGlobals: false,
          setupFilesAfterEnv: [],
        }),
        // The same by name.
        {
          ...shared,
          preset: "pushrig",
          displayName: "preset",
          testMatch: ["<rootDir>/swapped/{shapes,reset}.test.ts"],
        },
      ],
};
