// Nothing of the mock in production: the guide's application, built and run without mocks, and without what only mocks need.
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pathOf } from "../../../scripts/docs.mjs";
import { RecordingServer } from "../../support/recording-server";
import { Application, buildIn, type Bundler, folder } from "./application";
import { blocks, writeGuide } from "./guide";
import { launch } from "./tab";

/** An application of its own, whose packages can be deleted. */
const project = fileURLToPath(new URL("../../../.cache/absent", import.meta.url));

const KB = 1024;

const credentials = {
  USE_MOCKS: "false",
  PUSHER_APP_ID: "1",
  PUSHER_KEY: "real-key",
  PUSHER_SECRET: "real-secret",
  PUSHER_CLUSTER: "eu",
  NEXT_PUBLIC_PUSHER_KEY: "real-key",
  NEXT_PUBLIC_PUSHER_CLUSTER: "eu",
};

/** The same files in another place; a copy would take ten times as long. */
function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) link(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkSync(source, target);
  }
}

const packages = (...names: string[]) => names.map((name) => join(project, "node_modules", name));

/** Packages of the example that are there for development only. */
function ofDevelopment(): string[] {
  const { packages: locked } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.keys(locked)
    .filter((path) => locked[path]?.dev)
    .map((path) => join(project, path));
}

const remove = (paths: string[]) => {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
};

/** The page of the guide with other imports. */
function pageWith(pusher: string, page: string): string {
  return page.replace('"@/lib/pusher"', JSON.stringify(pusher));
}

const CLIENT = `
import PusherClient from "pusher-js";
MOCK_IMPORT
let client: PusherClient | undefined;

export function getPusherClient(): PusherClient {
  if (client === undefined || client.connection.state === "disconnected") {
    client = new CLASS(process.env.NEXT_PUBLIC_PUSHER_KEY as string, {
      cluster: process.env.NEXT_PUBLIC_PUSHER_CLUSTER as string,
    });
  }
  return client;
}
`;

/** What the page at `/` asks for: the guide's one module with both sides; a module of its own for clients; pusher-js alone. */
const PAGES = { "one module": "/", "two modules": "/two", "pusher-js alone": "/alone" };

function writeApplication(): void {
  const { write } = writeGuide(project);
  const page = readFileSync(join(project, "src/app/page.tsx"), "utf8");
  write("src/app/two/page.tsx", pageWith("@/lib/pusher-client", page));
  write(
    "src/lib/pusher-client.ts",
    CLIENT.replace("MOCK_IMPORT", 'import { MockPusherClient } from "pushrig";').replace(
      "CLASS",
      '(process.env.USE_MOCKS === "true" ? MockPusherClient : PusherClient)',
    ),
  );
  write("src/app/alone/page.tsx", pageWith("@/lib/alone", page));
  write("src/lib/alone.ts", CLIENT.replace("MOCK_IMPORT", "").replace("CLASS", "PusherClient"));
  for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(folder, name), join(project, name));
  link(join(folder, "node_modules"), join(project, "node_modules"));
}

/** The JavaScript of a page in a browser of today, uncompressed. */
async function scriptsOf(application: Application, path: string): Promise<string[]> {
  const html = await (await application.fetch(path)).text();
  const addresses = [...html.matchAll(/<script([^>]*) src="(\/_next\/static\/[^"]+)"([^>]*)>/g)]
    .filter(([, before = "", , after = ""]) => !/nomodule/i.test(before + after))
    .map(([, , address = ""]) => address);
  expect(addresses.length).toBeGreaterThan(3);
  return Promise.all([...new Set(addresses)].map(async (address) => (await application.fetch(address)).text()));
}

const bytes = (scripts: string[]) => scripts.reduce((sum, script) => sum + Buffer.byteLength(script), 0);

let service: RecordingServer;
beforeAll(async () => {
  service = new RecordingServer();
  await service.listen();
});
afterAll(async () => {
  await service?.close();
  rmSync(project, { recursive: true, force: true });
});

/** The guide's configuration for who has pushrig among the packages for development. */
const forDevelopmentOnly = blocks.filter(({ code }) => pathOf(code) === "next.config.ts")[1]!.code;

/** Which packages are gone when; the guide has a way for each. */
const WAYS: Array<{ bundler: Bundler; what: string; beforeBuild: () => void; beforeStart: () => void }> = [
  {
    bundler: "turbopack",
    what: "without the binary",
    beforeBuild: () => remove(packages("@pushrig")),
    beforeStart: () => {},
  },
  {
    bundler: "webpack",
    what: "with pushrig among the packages for development",
    beforeBuild: () => writeFileSync(join(project, "next.config.ts"), forDevelopmentOnly),
    beforeStart: () => remove([...packages("@pushrig", "pushrig"), ...ofDevelopment()]),
  },
];

describe.each(WAYS)("next build --$bundler, $what", ({ bundler, beforeBuild, beforeStart }) => {
  let application: Application;
  beforeAll(async () => {
    writeApplication();
    beforeBuild();
    await buildIn(project, bundler, credentials);
    beforeStart();
    application = await Application.productionIn(project, {
      ...credentials,
      NODE_OPTIONS: `--require=${fileURLToPath(new URL("fixtures/service.cjs", import.meta.url))}`,
      SERVICE_PORT: String(service.port),
    });
  });
  afterAll(() => application?.stop());

  it("publishes to the real service", async () => {
    service.reset();
    const answer = await application.fetch("/api/message", { method: "POST", body: '{"text":"Hello"}' });
    expect([answer.status, application.output]).toEqual([204, expect.not.stringContaining("pushrig")]);
    expect(service.requests).toMatchObject([
      { method: "POST", url: expect.stringMatching(/^\/apps\/1\/events\?auth_key=real-key&/) },
    ]);
    expect(service.requests[0]?.headers["x-meant-for"]).toBe("api-eu.pusher.com");
  });

  it("has tabs look for the real service", async () => {
    const browser = await launch();
    try {
      for (const path of Object.values(PAGES)) {
        const page = await browser.newPage();
        const errors: string[] = [];
        page.on("pageerror", (error) => errors.push(error.message));
        // Answered here: nothing leaves this machine.
        const asked = new Promise<string>((resolve) => {
          void page.routeWebSocket(/pusher\.com/, (socket) => resolve(socket.url()));
        });
        await page.goto(application.url + path);
        expect(await asked).toMatch(/^wss?:\/\/ws-eu\.pusher\.com(:\d+)?\/app\/real-key\?/);
        expect(errors).toEqual([]);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });

  it("has pages that are at most 5 KB larger than with pusher-js alone", async () => {
    const alone = await scriptsOf(application, PAGES["pusher-js alone"]);
    // Nothing that the other pages bring may hide in it.
    expect(alone.join("\n")).not.toContain("pushrig");
    expect(alone.join("\n")).toContain("pusher:subscribe");
    for (const layout of ["one module", "two modules"] as const) {
      const grown = bytes(await scriptsOf(application, PAGES[layout])) - bytes(alone);
      console.log(`${bundler}, ${layout}: ${grown} bytes over pusher-js alone (${bytes(alone)})`);
      expect(grown).toBeLessThanOrEqual(5 * KB);
    }
  });

  it("has nothing of the mock in what the server loads", () => {
    const traced = readdirSync(join(project, ".next"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".nft.json"))
      .map((path) => readFileSync(join(project, ".next", path), "utf8"));
    expect(traced.length).toBeGreaterThan(3);
    expect(traced.join("\n")).not.toMatch(/node_modules\/@?pushrig/);
  });
});
