// What the compiler says of code that breaks a contract.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

const opening = `
import Pusher from "pusher";
import PusherClient from "pusher-js";
import type { Contract, TypedClient, TypedServer } from "pushrig/types";
type Realtime = Contract<{
  "task-\${string}": { "new-message": { id: string }; "task-title-update": { title: string } };
  "presence-room": { members: { name: string }; "client-typing": { on: boolean } };
}>;
declare const server: TypedServer<Realtime>;
declare const client: TypedClient<Realtime>;
`;

/** A line that is wrong, and what the compiler says of it. */
const mistakes = [
  {
    code: `client.subscribe("tsk-1");`,
    says: `Argument of type '"tsk-1"' is not assignable to parameter of type '"presence-room" | \`task-\${string}\`'.`,
  },
  {
    code: `server.trigger("task-1", "new_message", { id: "m1" });`,
    says: `Argument of type '"new_message"' is not assignable to parameter of type '"new-message" | "task-title-update"'.`,
  },
  {
    code: `server.trigger("task-1", "new-message", { id: 1 });`,
    says: `Type 'number' is not assignable to type 'string'.`,
  },
  {
    code: `server.trigger("task-1", "new-message", { messageId: "m1" });`,
    says: `Object literal may only specify known properties, and 'messageId' does not exist in type '{ id: string; }'.`,
  },
  {
    code: `server.trigger("presence-room", "client-typing", { on: true });`,
    says: `Argument of type '"client-typing"' is not assignable to parameter of type '"the contract has no event of presence-room that comes from a server"'.`,
  },
  {
    code: `client.subscribe("task-1").trigger("client-typing", { on: true });`,
    says: `Argument of type '"client-typing"' is not assignable to parameter of type '"client events need a channel that begins with private- or presence-, and is not encrypted"'.`,
  },
  {
    code: `server.sendToUser("ada", "invited", {});`,
    says: `Argument of type '"invited"' is not assignable to parameter of type '"the contract has no events of users: they are at #server-to-user-\${string}"'.`,
  },
  {
    code: `type Public = Contract<{ "task-*": { "client-typing": {} } }>;`,
    says: `Type '{}' is not assignable to type '"client events need a channel that begins with private- or presence-, and is not encrypted"'.`,
  },
  {
    code: `type Spaced = Contract<{ "task *": { started: {} } }>;`,
    says: `Type '{ started: {}; }' is not assignable to type '"names of channels have letters, digits and _ - = @ , . ; in them, and nothing else"'.`,
  },
];

describe("what the compiler says of", () => {
  let folder: string;
  /** Everything that it says, by the line of the mistake. */
  const said = new Map<string, string>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pushrig-types-"));
    const compilerOptions = {
      module: "preserve",
      moduleResolution: "bundler",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      paths: {
        pusher: [join(root, "node_modules/pusher/index.d.ts")],
        "pusher-js": [join(root, "node_modules/pusher-js/index.d.ts")],
        "pushrig/types": [join(root, "types.d.ts")],
      },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["mistakes.ts"] }));
    writeFileSync(join(folder, "mistakes.ts"), opening + mistakes.map(({ code }) => code).join("\n"));
    const tsc = [join(root, "node_modules/typescript/bin/tsc"), "--pretty", "false", "-p", folder];
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, tsc, { cwd: folder }, (_error, stdout) => resolve(stdout));
    });
    const first = opening.split("\n").length;
    for (const [, line, text] of output.matchAll(/^mistakes\.ts\((\d+),\d+\): error TS\d+: (.*(?:\n .*)*)/gm)) {
      said.set(mistakes[Number(line) - first]?.code ?? `line ${line}`, text ?? "");
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(mistakes)("$code", ({ code, says }) => {
    expect(said.get(code)).toContain(says);
  });

  it("nothing else", () => {
    expect([...said.keys()]).toEqual(mistakes.map(({ code }) => code));
  });
});
