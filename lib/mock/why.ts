/** `why()`: whether an event has reached a client, and what kept it from that. */

import type { Rig } from "../app/rig.js";
import { whyIn } from "../app/why.js";
import type { Why } from "../journal/question.js";
import { questionOf } from "./asked.js";

/** @throws TypeError for what is no question, or one about another app */
export function whyOf(rig: Rig, question: unknown): Why {
  rig.requireOpen();
  return whyIn(rig, questionOf(question, rig));
}
