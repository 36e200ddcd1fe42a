// Modules of the project's in Jest: a contract, a route.
import { expect, it } from "vitest";
import { evaluated } from "../../lib/runners/evaluated";

const failing = (code: string, message: string) => Object.assign(new Error(message), { code });
const esm = failing("ERR_REQUIRE_ESM", "Must use import to load ES Module: node_modules/arktype/out/index.js");
const isEsm = () => {
  throw esm;
};

it("are required", async () => {
  const loaders = { require: (name: string) => ({ name }), import: () => Promise.reject(new Error("not asked")) };
  expect(await evaluated("./a.ts", loaders)).toEqual({ name: "./a.ts" });
});

it("are imported where they are ES modules", async () => {
  expect(await evaluated("./a.ts", { require: isEsm, import: async (name) => ({ name }) })).toEqual({ name: "./a.ts" });
});

it("fail with what Jest says of the file, where it has no import()", async () => {
  const lacking = failing(
    "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG",
    "A dynamic import callback was invoked without …",
  );
  await expect(evaluated("./a.ts", { require: isEsm, import: () => Promise.reject(lacking) })).rejects.toBe(esm);
});

it("fail with what they throw themselves", async () => {
  const own = new Error("boom");
  const throwing = () => {
    throw own;
  };
  await expect(evaluated("./a.ts", { require: throwing, import: async () => ({}) })).rejects.toBe(own);
  await expect(evaluated("./a.ts", { require: isEsm, import: () => Promise.reject(own) })).rejects.toBe(own);
});
