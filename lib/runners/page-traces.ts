// Traces of tests that run in a page of Vitest's browser mode: the page says when a test begins and ends, and its app is here.
import { TRACED, type TracedApp } from "../events/test-runner";
import type { MockPusher } from "../mock/mock-pusher";
import type { TracePolicy } from "./options";
import { type TracedTest, TraceFiles } from "./trace-files";

/** What a page says. */
export interface SaidInPage {
  /** Secrets of servers that were made in it, and that no trace has. */
  secrets: string[];
  test?: {
    about: TracedTest;
    /** Whether no other test runs beside it. */
    isAlone: boolean;
    /** Where it is over. */
    end?: { failure?: string };
  };
}

/** Those of one test file. */
export class PageTraces {
  readonly #files: TraceFiles;
  readonly #secrets = new Set<string>();
  /** The test that runs while no other does. */
  #alone: { about: TracedTest } | undefined;

  constructor(app: MockPusher, policy: Exclude<TracePolicy, false>, dir: string) {
    this.#files = new TraceFiles({
      policy,
      dir,
      about: (test) => (test as { about: TracedTest }).about,
      alone: () => this.#alone,
      apart: "let those that need one run in turn",
    });
    const traced: TracedApp = app[TRACED];
    this.#files.began({ ...traced, secrets: () => [...traced.secrets(), ...this.#secrets] });
  }

  /** Answers what the page is to tell beside a failure. */
  hear({ secrets, test }: SaidInPage): string[] {
    for (const secret of secrets) this.#secrets.add(secret);
    if (test === undefined) return [];
    const { about, isAlone, end } = test;
    if (end === undefined) {
      this.#alone = isAlone ? { about } : undefined;
      return [];
    }
    // Where only failures leave traces, no page says that a test begins.
    const begun = (isAlone ? this.#alone : undefined) ?? { about };
    this.#alone = undefined;
    return this.#files.end(begun, isAlone, end.failure);
  }
}
