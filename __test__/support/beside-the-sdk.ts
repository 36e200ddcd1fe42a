import Pusher from "pusher";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { MockPusherServer } from "../../lib/server/server.js";
import { observe, type Outcome } from "./outcome.js";
import { type RecordedRequest, RecordingServer, type ScriptedAnswer } from "./recording-server.js";
import { freshRig, type RigCall } from "./server-rig.js";

type ServerClass = typeof Pusher & typeof MockPusherServer;
type Server = InstanceType<ServerClass>;

export interface Case {
  name: string;
  options?: Record<string, unknown>;
  /** What the service answers; only the first also in process. */
  answers?: ScriptedAnswer[];
  call: (server: any, Class: ServerClass) => unknown;
  /** False for what only exists on a wire. */
  inProcess?: false;
}

const CREDENTIALS = { appId: "3", key: "the-key", secret: "the-secret" };
const NOW = 1_700_000_000_000;
const COMPARED_HEADERS = [
  "x-pusher-library",
  "content-type",
  "content-length",
  "transfer-encoding",
  "accept",
  "accept-encoding",
];

interface Run {
  outcome: Outcome;
  warnings: unknown[][];
}

/**
 * Makes a test of every case: the real `pusher` and the mock's server talk to the same recording HTTP server and must send the
 * same bytes and end the same way; then the mock in process must end that way too and hand its app the same request.
 *
 * The clock stands still, so that even signatures are equal.
 */
export function behavesAsTheSdk(cases: Case[]): void {
  const wire = new RecordingServer();
  beforeAll(() => wire.listen());
  afterAll(() => wire.close());
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it.each(cases)("$name", async ({ options, answers = [{}], call, inProcess }) => {
    const elsewhere = { ...CREDENTIALS, host: "127.0.0.1", port: wire.port, ...options };
    const overHttp = async (Class: unknown): Promise<{ run: Run; requests: RecordedRequest[] }> => {
      wire.reset(...answers);
      return { run: await runCase(Class as ServerClass, elsewhere, call), requests: wire.requests };
    };
    const real = await overHttp(Pusher);
    const mock = await overHttp(MockPusherServer);
    expect(mock.run).toStrictEqual(real.run);
    expect(mock.requests.map(comparable)).toStrictEqual(real.requests.map(comparable));
    if (inProcess === false) return;

    const rig = freshRig();
    rig.answer = { status: answers[0].status ?? 200, body: String(answers[0].body ?? "{}") };
    const here = await runCase(MockPusherServer as ServerClass, { ...CREDENTIALS, cluster: "eu", ...options }, call);
    expect(withoutOrigin(here)).toStrictEqual(withoutOrigin(real.run));
    expect(rig.calls).toStrictEqual(real.requests.map(belowTheApp));
  });
}

async function runCase(Class: ServerClass, options: object, call: Case["call"]): Promise<Run> {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const outcome = await observe(() => call(new Class(options as any) as Server, Class));
  const warnings = warn.mock.calls;
  warn.mockRestore();
  return { outcome, warnings };
}

function comparable({ method, url, headers, body }: RecordedRequest): unknown {
  return { method, url, body, headers: COMPARED_HEADERS.map((name) => [name, headers[name]]) };
}

/** The request as the app sees it, without signature and prefix. */
function belowTheApp({ method, url, body }: RecordedRequest): RigCall {
  const { pathname, searchParams } = new URL(url, "http://wire");
  const query = Object.fromEntries([...searchParams].filter(([name]) => !/^(auth_|body_md5)/.test(name)));
  return { method, path: pathname.replace("/apps/3", ""), query, body };
}

function withoutOrigin(run: Run): unknown {
  return JSON.parse(JSON.stringify(run).replace(/https?:\/\/[^/]+/g, ""));
}
