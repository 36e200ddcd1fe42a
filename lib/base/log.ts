/** The verbose log: `PUSHRIG_DEBUG`, `configure({ debug: true })`. */

/** One line of the verbose log. */
export function log(line: string): void {
  console.log(`pushrig: ${line}`);
}
