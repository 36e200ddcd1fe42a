// `import { … } from "pushrig"` and `require("pushrig")` give the same things under the same names.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as imported from "pushrig";
import { MockPusherClient, MockPusherServer, configure, createMockPusher, pusherMockState, reset } from "pushrig";

const required = createRequire(import.meta.url)("pushrig");

for (const name of Object.keys(required)) {
  assert.equal(imported[name], required[name], `import { ${name} } from "pushrig"`);
}
assert.equal(imported.default, required);
for (const callable of [MockPusherClient, MockPusherServer, configure, createMockPusher, reset]) {
  assert.equal(typeof callable, "function");
}

const received = [];
const channel = new MockPusherClient("key", { cluster: "mt1" }).subscribe("channel");
channel.bind("event", (data) => received.push(data));
const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "mt1" });
const response = await server.trigger("channel", "event", { from: process.version });
assert.equal(response.status, 200);
assert.deepEqual(received, [{ from: process.version }]);
assert.equal(pusherMockState.getChannelMessages("channel").length, 1);
// The subscribed client keeps nothing alive: the script ends here.
