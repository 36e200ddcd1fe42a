import type { MockPusher } from "pushrig";
import type { AppJournal } from "../../lib/app/journal.js";

const RIG = Symbol.for("pushrig.rig");

/** The journal of an app as the package itself reads it. */
export function journalOf(app: MockPusher): AppJournal {
  return (app as unknown as Record<symbol, { journal: AppJournal }>)[RIG].journal;
}
