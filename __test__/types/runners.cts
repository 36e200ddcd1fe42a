// The same from CommonJS, as in a `jest.config.cts`.
import jest = require("pushrig/jest");
import pushrig = require("pushrig/vitest");

export const plugins = [pushrig(), pushrig.default({ reset: "file" })];
export const spread = { ...jest.preset, testEnvironment: "node" };
