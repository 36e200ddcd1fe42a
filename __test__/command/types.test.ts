// `pushrig types`: a contract as a type, from what was recorded.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import Pusher from "pusher";
import PusherClient from "pusher-js";
import { createMockPusher } from "pushrig";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { UsageError } from "../../lib/options/command.js";
import { declaration } from "../../lib/command/declaration.js";
import { type Sample, readRecording } from "../../lib/command/recording.js";
import { Running, start } from "./running.js";

vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A folder of the test's own. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "pushrig-recorded-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function recording(...lines: Array<string | object>): string {
  const file = join(folder(), "traffic.jsonl");
  writeFileSync(file, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  return file;
}

const published = (channel: string, event: string, value: unknown) => {
  const data = typeof value === "string" ? value : JSON.stringify(value);
  return { type: "published", channel, event, data, bytes: Buffer.byteLength(data), sockets: 1 };
};

/** The contract of events, below its first line. */
function contract(...samples: Array<[channel: string, event: string, value: unknown]>): string {
  const of = samples.map(([channel, event, value]): Sample => ({ channel, event, value: { of: value } }));
  return (declaration(of, "Realtime")?.source ?? "").split("\n").slice(2).join("\n");
}

/** The names of the channels in it. */
const channels = (...names: Array<[channel: string, ...events: string[]]>) =>
  [
    ...contract(
      ...names.flatMap(([channel, ...events]) =>
        events.map((event) => [channel, event, 1] as [string, string, number]),
      ),
    ).matchAll(/^ {2}"?([^"\n]+?)"?: \{$/gm),
  ].map(([, name]) => name);

/** Compiles sources beside each other, as an application would. */
async function compiled(sources: Record<string, string>): Promise<string> {
  const path = folder();
  const compilerOptions = {
    module: "preserve",
    moduleResolution: "bundler",
    strict: true,
    noEmit: true,
    types: [],
    skipLibCheck: true,
    paths: {
      "pushrig/types": [join(root, "types.d.ts")],
      pusher: [join(root, "node_modules/pusher/index.d.ts")],
      "pusher-js": [join(root, "node_modules/pusher-js/index.d.ts")],
    },
  };
  for (const [name, source] of Object.entries(sources)) writeFileSync(join(path, name), source);
  writeFileSync(join(path, "tsconfig.json"), JSON.stringify({ compilerOptions, files: Object.keys(sources) }));
  const tsc = [join(root, "node_modules/typescript/bin/tsc"), "--pretty", "false", "-p", path];
  return new Promise((resolve) => {
    execFile(process.execPath, tsc, { cwd: path, maxBuffer: 2 ** 26 }, (_error, stdout) => resolve(stdout));
  });
}

describe("pushrig types", () => {
  it("writes what an application's server and clients sent while pushrig --json recorded", async () => {
    const recorder = start("--json");
    const port = await recorder.port();
    const server = new Pusher({
      appId: "mock-app-id",
      key: "mock-pusher-key",
      secret: "mock-pusher-secret",
      host: "127.0.0.1",
      port: String(port),
      useTLS: false,
    });
    const client = new PusherClient("mock-pusher-key", {
      cluster: "mock-cluster",
      forceTLS: false,
      wsHost: "127.0.0.1",
      wsPort: port,
      enabledTransports: ["ws"],
      channelAuthorization: { endpoint: `http://127.0.0.1:${port}/pusher/auth`, transport: "ajax" },
    });
    onTestFinished(() => client.disconnect());
    const [room] = await Promise.all(
      ["private-room", "task-1", "task-2"].map(async (name) => {
        const channel = client.subscribe(name);
        await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
        return channel;
      }),
    );
    await server.trigger("task-1", "new-message", { id: "m1" });
    await server.trigger("task-2", "new-message", { id: "m2", text: "x".repeat(200) });
    await server.trigger("private-room", "started", "now");
    // Nobody is there to hear it.
    await server.trigger("board", "opened", { by: "ada" });
    room?.trigger("client-typing", { on: true });
    await recorder.shows(/"event":"client-typing"/);
    recorder.kill("SIGTERM");
    await recorder.ended;

    const file = recording(recorder.stdout);
    const writer = new Running(["types", "--name", "Board", file]);
    expect(await writer.ended).toEqual({ code: 0, signal: null });
    expect(writer.stderr).toBe("");
    expect(writer.stdout).toBe(`import type { Contract } from "pushrig/types";

/** What goes over which channel. Written from 5 recorded events. */
export type Board = Contract<{
  board: {
    opened: {
      by: string;
    };
  };
  "private-room": {
    "client-typing": {
      on: boolean;
    };
    started: string;
  };
  "task-\${string}": {
    "new-message": {
      id: string;
      text?: string;
    };
  };
}>;
`);
    const use = `
      import type { TypedClient, TypedServer } from "pushrig/types";
      import type { Board } from "./realtime";
      declare const server: TypedServer<Board>;
      declare const client: TypedClient<Board>;
      server.trigger("task-7", "new-message", { id: "m1" });
      client.subscribe("private-room").trigger("client-typing", { on: true });
      // @ts-expect-error
      server.trigger("task-7", "new-message", { id: 1 });
    `;
    expect(await compiled({ "realtime.ts": writer.stdout, "use.ts": use })).toBe("");
  });

  it("knows the members of presence channels from a trace", async () => {
    const app = createMockPusher();
    onTestFinished(() => app.close());
    for (const [id, info] of Object.entries({ ada: { name: "Ada", password: "hunter2" }, bob: { name: "Bob" } })) {
      app.client({ user: { id, info } }).subscribe("presence-room");
    }
    app.client({ user: { id: "cid" } }).subscribe("presence-room");
    await app.channel("presence-room").members("ada", "bob", "cid");
    const trace = app.writeTrace(join(folder(), "room.jsonl"));
    expect(readFileSync(trace, "utf8")).not.toContain("hunter2");

    const writer = new Running(["types", trace]);
    expect(await writer.ended).toEqual({ code: 0, signal: null });
    expect(writer.stderr).toBe("");
    expect(writer.stdout).toContain(`Contract<{
  "presence-room": {
    members: {
      name: string;
      password?: string;
    };
  };
}>`);
  });

  it("says what it takes", async () => {
    const help = new Running(["types", "--help"]);
    expect(await help.ended).toEqual({ code: 0, signal: null });
    expect(help.stdout).toContain("Usage: pushrig types [options] FILE...");
    // What is recorded, and what of it is written:
    for (const line of ["npx pushrig --json > traffic.jsonl", "npx pushrig types traffic.jsonl > src/realtime.ts"]) {
      expect(help.stdout).toContain(line);
    }
  });

  it.each<[args: string[], message: string]>([
    [[], "types needs a file that was recorded with pushrig --json > traffic.jsonl"],
    [
      ["nowhere.jsonl"],
      "cannot read nowhere.jsonl (ENOENT): give a file that was recorded with pushrig --json > traffic.jsonl",
    ],
    [["--nam", "x"], "types has no option --nam; did you mean --name?"],
    [["--name", "1x", "file"], '--name is the name of a type, as in --name=Realtime, not "1x"'],
    [["--name"], "--name needs a value, as in --name=VALUE"],
  ])("refuses %j and says what would work", async (args, message) => {
    const running = new Running(["types", ...args]);
    expect(await running.ended).toEqual({ code: 2, signal: null });
    expect(running.stderr).toBe(`pushrig: ${message}\nRun pushrig types --help for the options.\n`);
    expect(running.stdout).toBe("");
  });

  it("writes nothing when nothing was recorded", async () => {
    const file = recording({ type: "listening" });
    const running = new Running(["types", file]);
    expect(await running.ended).toEqual({ code: 2, signal: null });
    expect(running.stderr).toContain(`there is no event in ${file}: use the application while pushrig --json records`);
  });
});

describe("a recording", () => {
  it("is what pushrig --json printed, or a trace: both are read, and what is no event is skipped", () => {
    const file = recording(
      { v: 1, test: "a test", file: "a.test.ts" },
      { time: "…", type: "listening", url: "http://127.0.0.1:6001", apps: [] },
      published("task-1", "new-message", { id: "m1" }),
      { ...published("task-1", "new-message", "hello"), type: "unheard" },
      "",
      { seq: 4, kind: "subscribed", channel: "task-1" },
      { seq: 5, kind: "triggered", channel: "task-1", event: "new-message", data: "1" },
      { seq: 6, kind: "client-event", channel: "private-a", event: "client-a", data: "null" },
      { seq: 7, kind: "member-added", channel: "presence-a", user: "ada", data: '{"name":"Ada"}' },
      { failure: "expected 1 to be 2" },
    );
    expect(readRecording(file)).toEqual([
      { channel: "task-1", event: "new-message", value: { of: { id: "m1" } } },
      { channel: "task-1", event: "new-message", value: { of: "hello" } },
      { channel: "task-1", event: "new-message", value: { of: 1 } },
      { channel: "private-a", event: "client-a", value: { of: null } },
      { channel: "presence-a", value: { of: { name: "Ada" } } },
    ]);
  });

  it("is read as Windows PowerShell redirects it, and up to where its writer was killed", () => {
    const file = join(folder(), "traffic.jsonl");
    const text = `${JSON.stringify(published("task-1", "grüße", 1))}\r\n{"type":"publ`;
    writeFileSync(file, Buffer.from(`\ufeff${text}`, "utf16le"));
    expect(readRecording(file)).toEqual([{ channel: "task-1", event: "grüße", value: { of: 1 } }]);
  });

  it.each<[line: string | object, message: string]>([
    ["not JSON", " is not JSON: "],
    ["[1]", " is [1], and no object. Each line is one that pushrig --json has printed, or of a trace"],
    ["{}", " has neither a type nor a kind. Each line is one that pushrig --json has printed, or of a trace"],
    [{ type: "published", channel: "a" }, " tells of an event without its channel or its name."],
    [{ v: 2, kind: "triggered" }, " is of version 2, and this pushrig reads version 1: use the one that recorded it"],
  ])("is refused for the line %j, which is named", (line, message) => {
    const file = recording(published("a", "b", 1), line, published("a", "b", 2));
    expect(() => readRecording(file)).toThrow(UsageError);
    expect(() => readRecording(file)).toThrow(`${file}:2${message}`);
  });

  it("that has a part of some data only says so, and takes the type from the rest", () => {
    const [whole, part] = [published("task-1", "new-message", { id: "m1" }), published("task-1", "cut", { id: "m1" })];
    const file = recording(whole, { ...whole, data: '{"id":', bytes: 300 }, { ...part, bytes: 300 });
    expect(declaration(readRecording(file), "Realtime")).toMatchObject({
      notes: [
        '"cut" on "task-${string}" was recorded without all of its data, 1 of 1 times: so it is unknown',
        '"new-message" on "task-${string}" was recorded without all of its data, 1 of 2 times: so it is that of the other 1',
      ],
      source: expect.stringContaining("cut: unknown;"),
    });
  });
});

describe("names of channels", () => {
  it.each<[names: Array<[string, ...string[]]>, expected: string[]]>([
    [
      [
        ["task-1", "a"],
        ["task-2", "b"],
      ],
      ["task-${string}"],
    ],
    [[["task-1", "a"]], ["task-${string}"]],
    [[["private-task-0d9b7f0e-6f39-4d1c-8a2b-0c1d2e3f4a5b", "a"]], ["private-task-${string}"]],
    [
      [
        ["task-1", "a"],
        ["task-1-comments", "a"],
        ["task-2-comments", "a"],
      ],
      ["task-${string}", "task-${string}-comments"],
    ],
    [
      [
        ["workspace-acme", "a"],
        ["workspace-globex-inc", "a"],
      ],
      ["workspace-${string}"],
    ],
    [
      [
        ["task-1", "a", "b"],
        ["task-new", "a"],
        ["task-archive", "archived"],
      ],
      ["task-${string}", "task-archive"],
    ],
    [
      [
        ["presence-room", "a"],
        ["presence-lobby", "a"],
      ],
      ["presence-lobby", "presence-room"],
    ],
    [
      [
        ["private-cache-room-clx1a2b3c4d5", "a"],
        ["cache-7", "a"],
      ],
      ["cache-${string}", "private-cache-room-${string}"],
    ],
    [
      [
        ["#server-to-user-ada", "a"],
        ["#server-to-user-bob", "b"],
      ],
      ["#server-to-user-${string}"],
    ],
    [[["room", "a"]], ["room"]],
  ])("%j are %j", (names, expected) => {
    expect(channels(...names)).toEqual(expected);
  });
});

describe("what values have in common", () => {
  it("is written with optional fields, unions, lists and tables by id", () => {
    expect(
      contract(
        ["room", "saved", { id: 1, tags: ["a"], author: { name: "Ada" }, counts: { 17: 1, 21: 2 }, by: null }],
        ["room", "saved", { id: "1", tags: [], author: null, counts: {}, by: "bob", list: [1, "a", { deep: [] }] }],
        ["room", "saved", { id: "1", tags: ["b"], author: { name: "Bob", age: 3 }, counts: { 1: null }, by: "bob" }],
        ["room", 'it\'s "done"', {}],
        ["room", "flag", true],
      ),
    ).toBe(`export type RoomSavedAuthor = {
  name: string;
  age?: number;
};

export type SavedListItem = {
  deep: unknown[];
};

/** What goes over which channel. Written from 5 recorded events. */
export type Realtime = Contract<{
  room: {
    flag: boolean;
    'it\\'s "done"': Record<string, never>;
    saved: {
      id: string | number;
      tags: string[];
      author: RoomSavedAuthor | null;
      counts: Record<string, number | null>;
      by: string | null;
      list?: (SavedListItem | string | number)[];
    };
  };
}>;
`);
  });

  it("leaves out what no contract may have, and says so", () => {
    const sample = (channel: string, event: string): Sample => ({ channel, event, value: { of: 1 } });
    const written = declaration(
      [
        sample("task-1", "client-a"),
        sample("private-encrypted-a", "client-a"),
        sample("private-encrypted-a", "written"),
        sample("presence-a", "members"),
        sample("task-1", "pusher:ping"),
        sample("task-1", "a"),
      ],
      "Realtime",
    );
    expect(written?.source).toContain(`Contract<{
  "private-encrypted-a": {
    written: unknown;
  };
  "task-\${string}": {
    a: number;
  };
}>`);
    expect(written?.notes).toEqual([
      '"client-a" on "task-1" is left out: no client may send it there',
      '"client-a" on "private-encrypted-a" is left out: no client may send it there',
      'the event "members" on "presence-a" is left out: on presence channels a contract calls the members so',
      'the data on "private-encrypted-a" is encrypted, and so is unknown',
    ]);
  });
});

describe("made-up traffic", () => {
  /** mulberry32 */
  function randomOf(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  const WORDS = [
    "id",
    "a",
    "Record",
    "new-message",
    "it's",
    'say "hi"',
    "17",
    "ünï",
    "",
    "__proto__x",
    "line\nbreak",
    "a very long name of a field that goes on and on and on",
    "contract",
    "x_y",
    "\u2028",
  ];

  function traffic(seed: number): Sample[] {
    const random = randomOf(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const word = (): string => WORDS[below(WORDS.length)] ?? "";
    const value = (depth: number): unknown => {
      const kinds = depth > 4 ? 4 : 8;
      switch (below(kinds)) {
        case 0:
          return below(100);
        case 1:
          return word();
        case 2:
          return random() < 0.5;
        case 3:
          return null;
        case 4:
          return Array.from({ length: below(3) }, () => value(depth + 1));
        case 5:
          return Object.fromEntries(Array.from({ length: below(3) }, () => [String(below(30)), value(depth + 1)]));
        default:
          return Object.fromEntries(Array.from({ length: below(5) }, () => [word(), value(depth + 1)]));
      }
    };
    const names = [
      "task-1",
      "task-2",
      "room",
      "presence-room",
      "private-room-7",
      "workspace-acme",
      "workspace-globex",
      "#server-to-user-ada",
      "Record",
      "cache-x",
    ];
    return Array.from({ length: 1 + below(20) }, () => {
      const channel = names[below(names.length)] ?? "";
      if (channel === "presence-room" && random() < 0.5) return { channel, value: { of: value(1) } };
      return { channel, event: word() || "event", value: { of: value(0) } };
    });
  }

  const sources: Record<string, string> = {};
  const samples = new Map<string, Sample[]>();
  beforeAll(() => {
    for (let seed = 1; seed <= 200; seed += 1) {
      samples.set(`contract-${seed}.ts`, traffic(seed));
      sources[`contract-${seed}.ts`] = declaration(traffic(seed), "Realtime")?.source ?? "";
    }
  });

  it("is written as Prettier would", async () => {
    for (const source of Object.values(sources)) {
      expect(await format(source, { parser: "typescript" })).toBe(source);
    }
  });

  it("keeps to what was written of it, by the compiler", async () => {
    const used = Object.entries(sources).map(([name, source]) => {
      const calls = (samples.get(name) ?? []).flatMap(({ channel, event, value }) => {
        const data = JSON.stringify(value?.of);
        if (event === undefined)
          return [`pusher.authorizeChannel("1.2", "presence-room", { user_id: "a", user_info: ${data} });`];
        if (channel.startsWith("#")) return [`pusher.sendToUser("ada", ${JSON.stringify(event)}, ${data});`];
        return [`pusher.trigger(${JSON.stringify(channel)}, ${JSON.stringify(event)}, ${data});`];
      });
      return [
        name,
        `${source}import type { TypedServer } from "pushrig/types";\ndeclare const pusher: TypedServer<Realtime>;\n${calls.join("\n")}\n`,
      ];
    });
    expect(await compiled(Object.fromEntries(used))).toBe("");
  });
});
