// Where the page of a gateway shows what a matcher has failed on.
import { shownAt } from "../../journal/shown-at";
import { type Subject, subjectOf } from "../../journal/subject";

/** The text of a failure of `value`, with a line that leads to the page, where there is one. */
export function shown(text: string, value: unknown): string {
  let subject: Subject | undefined;
  try {
    subject = subjectOf(value);
  } catch {
    // The app was closed meanwhile, and is on no page.
  }
  return subject === undefined ? text : shownAt(text, subject.app, subject);
}
