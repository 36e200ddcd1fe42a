// `node --import pushrig/register`: imports and requires of `pusher` and `pusher-js` reach the mock in any program or test runner.
import { setTestRealm } from "./events/test-runner";
import { installHooks } from "./runners/hooks";

setTestRealm();
installHooks(__dirname);
