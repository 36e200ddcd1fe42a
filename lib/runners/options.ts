// The options of an integration with a test runner, as a configuration file gives them.
import { isAbsolute, resolve } from "node:path";
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
  trace: TracePolicy;
  /** Where traces are written to: absolute, but in Jest, which knows the folder later. */
  dir: string;
}

/** Of which tests there are traces. */
export type TracePolicy = "on-failure" | "always" | false;

/** As a configuration file gives them. */
export interface IntegrationInput extends Partial<Integration> {
  routes?: Record<string, string>;
  contract?: string;
}

const NAMES = ["reset", "routes", "contract", "strict", "hints", "trace", "dir"];

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
  return {
    reset: resetPolicy(options.reset),
    strict,
    hints: hints ?? true,
    trace: tracePolicy(options.trace, where),
    dir: traceFolder(options.dir, where),
  };
}

function tracePolicy(trace: unknown, where: string): TracePolicy {
  if (trace === undefined) return isCI() ? "on-failure" : false;
  if (trace === "on-failure" || trace === "always" || trace === false) return trace;
  throw new TypeError(`pushrig: trace in ${where} is "on-failure", "always" or false, not ${show(trace)}`);
}

function isCI(): boolean {
  const { CI } = process.env;
  return CI !== undefined && CI !== "" && CI !== "false" && CI !== "0";
}

function traceFolder(dir: unknown, where: string): string {
  if (dir === undefined) return ".pushrig";
  if (typeof dir === "string" && dir !== "") return dir;
  throw new TypeError(
    `pushrig: dir in ${where} is the folder that traces are written to, such as ".pushrig", not ${show(dir)}`,
  );
}

/** An integration whose folder of traces counts from the project's root. */
export function rooted(integration: Integration, root: string): Integration {
  const { dir } = integration;
  return { ...integration, dir: isAbsolute(dir) ? dir : resolve(root, dir) };
}

function checkContract(contract: unknown): void {
  if (contract === undefined || (typeof contract === "string" && contract !== "")) return;
  throw new TypeError(
    `pushrig: contract is the path of a file, such as "./src/realtime.schema.ts", not ${show(contract)}`,
  );
}
