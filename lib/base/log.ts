/** The verbose log: `PUSHRIG_DEBUG`, `configure({ debug: true })`. */

/** One line of the verbose log. */
export function log(line: string): void {
  try {
    console.log(`pushrig: ${line}`);
  } catch {
    // A console that a test has replaced. What is logged never changes what happens.
  }
}
