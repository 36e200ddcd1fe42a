/** The app of this test file, as this page reads it. */

import type { Page } from "../journal/entry.js";
import type { Mark } from "../journal/question.js";
import type { WebhookSeen } from "../journal/subject.js";
import { RemoteJournal } from "../remote/remote-journal.js";
import { ask } from "./gateway.js";

export const application = new RemoteJournal({
  journal: () => ask<Page>("journal"),
  webhooks: async () => (await ask<{ webhooks: WebhookSeen[] }>("webhooks")).webhooks,
  mark: async () => (await ask<{ mark: Mark }>("mark", {})).mark,
  idle: ({ timeout }) => ask("wait", { for: "idle", timeout }),
});
