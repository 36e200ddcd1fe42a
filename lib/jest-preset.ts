// Jest looks for `<package>/jest-preset` when a configuration says `preset: "pushrig"`.
import { preset } from "./jest";

export = preset;
