// The options of an integration with a test runner, as a configuration file gives them.
import { checkNames } from "../base/nearest";
import { show } from "../base/shown";
import { checkObject, checkSwitch } from "../options/checks";
import { LENIENT, withStrict, type StrictInput } from "../options/strict";
import { resetPolicy, type ResetPolicy } from "./swap";

/** What the setup file of a runner is handed; it comes there as JSON. */
export interface Integration {
  reset: ResetPolicy;
  strict: StrictInput | undefined;
  hints: boolean;
}

/** As a configuration file gives them. */
export interface IntegrationInput extends Partial<Integration> {
  routes?: Record<string, string>;
  contract?: string;
}

const NAMES = ["reset", "routes", "contract", "strict", "hints"];

/**
 * Throws a TypeError for what is no object, has a name that is no option, or an option that is wrong. Routes are checked where they are
 * taken apart (routes.ts). `where` is the call: "pushrig()".
 */
export function checkIntegration(options: IntegrationInput, where: string): Integration {
  checkObject(options, `${where} takes options such as { reset: "file" }`);
  checkNames(options, NAMES, where, "option");
  checkContract(options.contract);
  const { strict, hints } = options;
  withStrict(LENIENT, strict, where);
  checkSwitch(hints, `hints in ${where}`);
  return { reset: resetPolicy(options.reset), strict, hints: hints ?? true };
}

function checkContract(contract: unknown): void {
  if (contract === undefined || (typeof contract === "string" && contract !== "")) return;
  throw new TypeError(
    `pushrig: contract is the path of a file, such as "./src/realtime.schema.ts", not ${show(contract)}`,
  );
}
