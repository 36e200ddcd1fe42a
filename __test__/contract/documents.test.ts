import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type Pusher from "pusher";
import type PusherClient from "pusher-js";
import { MockPusherClient, MockPusherServer } from "pushrig";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { blocksOf, pathOf } from "../../scripts/docs.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Below the root, so that it finds its packages; ignored by git. */
const target = join(root, "target");
let folder: string;

beforeEach(() => {
  mkdirSync(target, { recursive: true });
  folder = mkdtempSync(join(target, "documents-"));
  vi.stubEnv("USE_MOCKS", "true");
  for (const name of ["APP_ID", "KEY", "SECRET", "CLUSTER"]) vi.stubEnv(`PUSHER_${name}`, undefined);
  for (const name of ["KEY", "CLUSTER"]) vi.stubEnv(`NEXT_PUBLIC_PUSHER_${name}`, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock("pusher");
  vi.doUnmock("pusher-js");
  rmSync(folder, { recursive: true });
});

interface Sample {
  pusherServer: Pusher;
  getPusherClient(): PusherClient;
}

/** The module `src/lib/pusher.ts` of a document. */
async function sample(document: string): Promise<Sample> {
  const blocks: { code: string }[] = blocksOf(readFileSync(join(root, document), "utf8"));
  const block = blocks.find(({ code }) => pathOf(code) === "src/lib/pusher.ts")!;
  const file = join(folder, "pusher.ts");
  writeFileSync(file, block.code);
  return import(file);
}

/** What each of two clients gets, the first of which was disconnected before the second was asked for. */
async function heardByTwo({ pusherServer, getPusherClient }: Sample): Promise<unknown[]> {
  const heard: unknown[] = [];
  for (const [index, text] of ["one", "two"].entries()) {
    const client = getPusherClient();
    client.subscribe("task-1").bind("new-message", (data: unknown) => heard.push([index, data]));
    await pusherServer.trigger("task-1", "new-message", text);
    if (getPusherClient() !== client) throw new Error("a connected client is kept");
    client.disconnect();
  }
  return heard;
}

const ONCE_EACH = [
  [0, "one"],
  [1, "two"],
];

it.each(["README.md", "docs/nextjs.md"])(
  "%s: src/lib/pusher.ts needs nothing but USE_MOCKS=true, and connects again after disconnect()",
  async (document) => {
    expect(await heardByTwo(await sample(document))).toEqual(ONCE_EACH);
  },
);

it("docs/vitest.md: src/lib/pusher.ts connects again after disconnect()", async () => {
  // As the plugin does.
  vi.doMock("pusher", () => ({ default: MockPusherServer }));
  vi.doMock("pusher-js", () => ({ default: MockPusherClient }));
  expect(await heardByTwo(await sample("docs/vitest.md"))).toEqual(ONCE_EACH);
});
