import { expect, it } from "vitest";
import { run } from "./support/child";

it("examples/scenario.mjs runs to its end: everybody hears what is theirs, the sender excepted", async () => {
  const { code, stdout, stderr } = await run("../../examples/scenario.mjs", import.meta.url);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toContain('alice ← task-123 new-message {"messageId":"msg-123"}');
  expect(stdout).toContain('bob   ← task-123 new-message {"messageId":"msg-124"}');
  expect(stdout).not.toContain('alice ← task-123 new-message {"messageId":"msg-124"}');
  expect(stdout).toContain("server → status 200");
  expect(stdout).toContain("history of task-123");
});
