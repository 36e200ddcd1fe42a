// The options of an integration with a test runner, as a configuration file gives them.
import { checkNames } from "../base/nearest";
import { show } from "../base/shown";
import { checkObject } from "../options/checks";

const NAMES = ["reset", "routes", "contract"];

/** Throws a TypeError for what is no object, or has a name that is no option. `where` is the call: "pushrig()". */
export function checkIntegration(options: unknown, where: string): void {
  checkObject(options, `${where} takes options such as { reset: "file" }`);
  checkNames(options, NAMES, where, "option");
  checkContract((options as { contract?: unknown }).contract);
}

function checkContract(contract: unknown): void {
  if (contract === undefined || (typeof contract === "string" && contract !== "")) return;
  throw new TypeError(
    `pushrig: contract is the path of a file, such as "./src/realtime.schema.ts", not ${show(contract)}`,
  );
}
