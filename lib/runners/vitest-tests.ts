// A test of Vitest as its failure and its trace know it, in Node and in the pages of browser mode.
import type * as Vitest from "vitest" with { "resolution-mode": "import" };
import { amend } from "./amend";
import type { TracedTest } from "./trace-files";

type Test = Vitest.TestContext["task"];

/** How many errors a test has had in earlier attempts. */
const earlierErrors = new WeakMap<object, number>();

/** A further attempt of a test begins, or the first one. */
export function beginAttempt(test: Test): void {
  earlierErrors.set(test, test.result?.errors?.length ?? 0);
}

/** What a test has failed with in this attempt; undefined as long as it has not. */
export function failureOf(test: object): string | undefined {
  const { result } = test as Test;
  if (result?.state !== "fail") return undefined;
  return (result.errors ?? [])
    .slice(earlierErrors.get(test))
    .map(({ message }) => message)
    .join("\n");
}

/** What a trace says of its test. */
export function about(test: object): TracedTest {
  const task = test as Test;
  const names = [task.name];
  for (let { suite } = task as { suite?: Vitest.RunnerTestSuite }; suite !== undefined; { suite } = suite) {
    if (suite.name !== "") names.unshift(suite.name);
  }
  const { retryCount, repeatCount } = task.result ?? {};
  const { config } =
    (globalThis as { __vitest_worker__?: { config?: { sequence?: { seed?: number } } } }).__vitest_worker__ ?? {};
  return {
    test: names.join(" > "),
    file: task.file.name,
    project: task.file.projectName || undefined,
    runner: "vitest",
    seed: config?.sequence?.seed,
    retry: retryCount || undefined,
    repeat: repeatCount || undefined,
    isToFail: task.fails,
  };
}

/**
 * Tells of traces in the failure itself, as an annotation comes too late once a test has failed; and as an artifact, where there are some:
 * then the answer resolves once Vitest has it.
 *
 * @param errors what the test fails with besides what Vitest knows
 */
export function tellTraces(
  vitest: object,
  test: object,
  text: string,
  errors: readonly unknown[],
): Promise<unknown> | undefined {
  const task = test as Test;
  amend(task.result?.errors?.at(-1) ?? errors[0], text);
  const { recordArtifact } = vitest as { recordArtifact?(test: Test, artifact: object): Promise<unknown> };
  // Reporters that know of none lose nothing: it stands in the message.
  return recordArtifact?.(task, { type: "pushrig:trace", message: text }).catch(() => {});
}
