/** Whoever reads the journal of an app, or writes out what happened: loaded by the first who asks. */

export { ContractReader, checksDone as contractsChecked } from "./contract.js";
export { logCall } from "./debug-log.js";
export { hintsIn } from "./hints.js";
export { idle } from "./idle.js";
export { Strictness } from "./strictness.js";
export { addressees, ownAddressee } from "./addressees.js";
export { KnownInTheEnd, secretsOf, tracedOf } from "./traced.js";
export { contextOf, subscribedElsewhere } from "./why.js";
