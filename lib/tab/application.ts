/** The app of this test file, as this page reads it. */

import type { Page } from "../journal/entry.js";
import type { Mark } from "../journal/question.js";
import type { WebhookSeen } from "../journal/subject.js";
import { RemoteJournal } from "../remote/remote-journal.js";
import { askGateway } from "./gateway.js";

export const application = new RemoteJournal({
  journal: () => askGateway<Page>("journal"),
  webhooks: async () => (await askGateway<{ webhooks: WebhookSeen[] }>("webhooks")).webhooks,
  mark: async () => (await askGateway<{ mark: Mark }>("mark", {})).mark,
  idle: ({ timeout }) => askGateway("wait", { for: "idle", timeout }),
});
