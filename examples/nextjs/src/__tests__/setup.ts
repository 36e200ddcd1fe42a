// `USE_MOCKS=true` chooses the mock here, as in the application itself; where the plugin of pushrig/vitest does, it brings these along.
import { pushrigMatchers } from "pushrig/matchers";

expect.extend(pushrigMatchers);
