// The options of an integration with a test runner, as a configuration file gives them.
import { checkNames } from "../base/nearest";
import { checkObject } from "../options/checks";

const NAMES = ["reset", "routes"];

/** Throws a TypeError for what is no object, or has a name that is no option. `where` is the call: "pushrig()". */
export function checkIntegration(options: unknown, where: string): void {
  checkObject(options, `${where} takes options such as { reset: "file" }`);
  checkNames(options, NAMES, where, "option");
}
