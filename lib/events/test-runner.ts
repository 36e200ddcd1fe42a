/**
 * The test runner that this realm's tests run in. Its setup file and the copies of the package meet in the global object,
 * because neither may evaluate the other: most test files need no mock.
 */

import type { WatchedPromise } from "../base/watched-promise.js";
import type { StrictInput } from "../options/strict.js";

export interface TestRunner {
  /** What its configuration takes for a mistake in every app that says nothing else. */
  readonly strict: StrictInput | undefined;
  /** The test that the code which runs now belongs to, if that is certain. */
  current(): object | undefined;
  /** Makes an error fail the test it belongs to: `owner` while that runs, else the running one, else the file. `false` when it is too late. */
  fail(error: unknown, owner: object | undefined): boolean;
  /** Calls `report` before the test that it belongs to has ended, unless somebody takes the promise until then. */
  owe(promise: WatchedPromise<unknown>, report: () => void, owner: object | undefined): void;
  /** For an app that ends before its test: what it has to say in case that the test has failed. */
  noteHints(hints: () => Hint[], owner: object): void;
  /** Calls `check` when the test that it belongs to ends, before it is over: what that makes fail fails this test. */
  atEnd(check: () => void, owner: object | undefined): void;
  /** Who writes traces of tests; undefined where nobody wants any. */
  readonly tracing?: Tracing | undefined;
}

/** An app, as far as traces look at it. */
export interface TracedApp {
  /** The number that stands for it in this process. */
  readonly number: number;
  readonly id: string;
  /** The version of this package. */
  readonly version: string;
  /** Whether it is the app that every test uses which has none of its own. */
  readonly isDefault: boolean;
  /** The test that made it, when it made one of its own. */
  readonly owner: object | undefined;
  /** Whether a reset may fail the test. */
  isStrict(): boolean;
  /** What may stand in no trace. */
  secrets(): string[];
  /** A page of its journal; undefined once the app is closed. */
  read(): object | undefined;
  /** Calls back soon after there is something new. */
  watch(onNew: () => void): () => void;
}

/** For the rest of the package: an app that was made by `createMockPusher()`, as traces look at it. */
export const TRACED = Symbol.for("pushrig.traced");

/** What was known of an app that has ended. */
export interface EndedApp {
  /** A page of its journal. */
  read(): object | undefined;
  /** Nobody will read it any more. */
  forget(): void;
}

export interface Tracing {
  /** An app is there. */
  began(app: TracedApp): void;
  /** There may be something new. */
  look(app: TracedApp): void;
  /** An app is about to be closed. `known`, once it is, is what there was until now. */
  ends(app: TracedApp, known: EndedApp): void;
}

/** Beside the error of a test: an event that nobody heard. */
export interface Hint {
  text: string;
  /** What an error that says both of needs no hint about. */
  names: [string, string];
}

/** One evaluation of the package. */
interface Copy {
  /** A test file begins, and the copy was evaluated for an earlier one. */
  beginFile(): void;
  /** Whether it has used an app in this test file. */
  isUsed(): boolean;
  /** Resets the default app. */
  reset(): void;
  /** A test begins: what comes later counts for its hints. */
  begin(): void;
  /** Of the apps that a test has made, and with `isAlone` of the default app. */
  hints(test: object, isAlone: boolean): Hint[];
  /** Resolves once what was triggered so far has been held to the contract of the tests. */
  checked(): Promise<void>;
}

/** A route of the application's own, by the endpoint that clients name. */
export interface TestRoute {
  endpoint: string;
  /** Evaluates the route's module, in the runner. */
  load(): Promise<(request: Request) => Response | Promise<Response>>;
}

/** What the application's channels and events have to be like, as the configuration says. */
export interface TestContract {
  /** As the configuration names it. */
  file: string;
  /** Evaluates it, in the runner. */
  load(): Promise<unknown>;
}

interface Meeting {
  runner?: TestRunner;
  /** Tests run here that no plugin of ours knows. */
  isOfOthers?: boolean;
  parts: WeakRef<object>[];
  copies: WeakMap<object, Copy>;
  routes?: readonly TestRoute[];
  contract?: TestContract | undefined;
}

const MEETING = Symbol.for("pushrig.test-runner");

function meeting(): Meeting {
  return ((globalThis as { [MEETING]?: Meeting })[MEETING] ??= { parts: [], copies: new WeakMap() });
}

export function testRunner(): TestRunner | undefined {
  return meeting().runner;
}

export function setTestRunner(runner: TestRunner): void {
  meeting().runner = runner;
}

/** For `pushrig/register`: whatever is loaded with it is a test, or is being tried out. */
export function setTestRealm(): void {
  meeting().isOfOthers = true;
}

/** Whether tests run here, whoever runs them. `node --test` says so to its processes. */
export function isUnderTest(): boolean {
  const { runner, isOfOthers } = meeting();
  return runner !== undefined || isOfOthers === true || process.env.NODE_TEST_CONTEXT !== undefined;
}

/** Whether imports of `pusher` and `pusher-js` reach the mock here, as far as is known. */
export function isSwapped(): boolean {
  const { runner, isOfOthers } = meeting();
  return runner !== undefined || isOfOthers === true;
}

/**
 * For a copy, when it is evaluated. Hot reload evaluates many, so each is held only as long as `part`, something that its
 * users hold.
 */
export function addCopy(part: object, copy: Copy): void {
  const { parts, copies } = meeting();
  copies.set(part, copy);
  parts.push(new WeakRef(part));
}

export function copies(): readonly Copy[] {
  const meets = meeting();
  meets.parts = meets.parts.filter((part) => part.deref() !== undefined);
  return meets.parts.flatMap((part) => meets.copies.get(part.deref() ?? part) ?? []);
}

/** Resets the default app of every copy that has used it in this test file. */
export function resetUsed(): void {
  for (const copy of copies()) if (copy.isUsed()) copy.reset();
}

/** For a setup file. */
export function setTestRoutes(routes: readonly TestRoute[]): void {
  meeting().routes = routes;
}

export function testRoutes(): readonly TestRoute[] {
  return meeting().routes ?? [];
}

/** For a setup file. */
export function setTestContract(contract: TestContract | undefined): void {
  meeting().contract = contract;
}

export function testContract(): TestContract | undefined {
  return meeting().contract;
}

/** Resolves once what every copy has triggered has been held to the contract; undefined where there is none. */
export function allChecked(): Promise<unknown> | undefined {
  if (testContract() === undefined) return undefined;
  return Promise.all(copies().map((copy) => copy.checked()));
}

/** What `expect` and `assert` of any test library throw. */
export function isAssertion(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { name, code, matcherResult } = error as { name?: unknown; code?: unknown; matcherResult?: unknown };
  return name === "AssertionError" || code === "ERR_ASSERTION" || matcherResult != null;
}
