/** What tests ask an app, and what they wait for: loaded by the first who does. */

export { happenedDuring } from "./happened.js";
export { triggersIn } from "./message.js";
export { Probe } from "./probes.js";
export { waitForQuiet } from "./quiet.js";
export { waitForWebhook } from "./sent-webhook.js";
export { writeTraceOf } from "./write-trace.js";
export { whyOf } from "./why.js";
