/**
 * The test runner that this realm's tests run in. Its setup file and the copies of the package meet in the global object,
 * because neither may evaluate the other: most test files need no mock.
 */

export interface TestRunner {
  /** The test that the code which runs now belongs to, if that is certain. */
  current(): object | undefined;
  /** Makes an error fail the test it belongs to: `owner` while that runs, else the running one, else the file. `false` when it is too late. */
  fail(error: unknown, owner: object | undefined): boolean;
}

/** One evaluation of the package. */
interface Copy {
  /** Resets the default app, if this copy has used it in this test file. */
  resetIfUsed(): void;
}

interface Meeting {
  runner?: TestRunner;
  copies: Copy[];
}

const MEETING = Symbol.for("pushrig.test-runner");

function meeting(): Meeting {
  return ((globalThis as { [MEETING]?: Meeting })[MEETING] ??= { copies: [] });
}

export function testRunner(): TestRunner | undefined {
  return meeting().runner;
}

export function setTestRunner(runner: TestRunner): void {
  meeting().runner = runner;
}

/** For a copy, when it is evaluated. */
export function addCopy(copy: Copy): void {
  meeting().copies.push(copy);
}

export function copies(): readonly Copy[] {
  return meeting().copies;
}

/** What `expect` and `assert` of any test library throw. */
export function isAssertion(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { name, code, matcherResult } = error as { name?: unknown; code?: unknown; matcherResult?: unknown };
  return name === "AssertionError" || code === "ERR_ASSERTION" || matcherResult != null;
}
