// The apps of Vitest's browser mode: each test file that runs in a page has one of its own, behind a gateway of its own.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { MockPusher } from "../mock/mock-pusher";
import type { Integration } from "./options";
import { PageTraces, type SaidInPage } from "./page-traces";

/**
 * Where pages ask, beside their own modules: an app is opened by `POST` here, and closed by `POST` to `ID/close`. `ID/traced` says of a
 * test that it begins or ends, which leaves traces. What else they want of an app they ask its gateway, by the control routes.
 */
const PLACE = "/__pushrig__/apps";

/** What is used of the mock. */
interface Entry {
  createMockPusher(options: object): MockPusher;
}

/** The longest thing that a page says of a test: a failure may show much. */
const MOST_BYTES = 16 * 2 ** 20;

/** The app of one test file. */
interface Opened {
  app: MockPusher;
  traces: PageTraces | undefined;
}

export class PageApps {
  readonly #apps = new Map<string, Opened>();
  readonly #load: () => Entry;
  readonly #integration: () => Pick<Integration, "trace" | "dir">;
  #isOver = false;

  /**
   * @param load evaluates the mock, for the first page: other projects have no use for it
   * @param integration what the configuration says of traces
   */
  constructor(load: () => Entry, integration: () => Pick<Integration, "trace" | "dir">) {
    this.#load = load;
    this.#integration = integration;
  }

  /** For Vite: answers what pages ask, and passes on the rest. */
  readonly answer = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const { pathname } = new URL(request.url ?? "", "http://localhost");
    if (pathname !== PLACE && !pathname.startsWith(`${PLACE}/`)) {
      next();
      return;
    }
    // Browsers say where a request comes from: another site's page has no business here.
    if (request.method !== "POST" || request.headers["sec-fetch-site"] !== "same-origin") {
      respond(response, 403, {
        error: { code: "forbidden", message: "pushrig: only pages of Vitest ask here, by POST" },
      });
      return;
    }
    const [id, what] = pathname.slice(PLACE.length + 1).split("/");
    this.#do(id, what, request).then(
      ({ status, body }) => respond(response, status, body),
      (error: unknown) => respond(response, 500, { error: { code: "failed", message: String(error) } }),
    );
  };

  /** Ends them all. */
  end(): void {
    this.#isOver = true;
    for (const id of this.#apps.keys()) this.#close(id);
  }

  async #do(id: string, what: string | undefined, request: IncomingMessage): Promise<{ status: number; body: object }> {
    if (id === "") return { status: 200, body: await this.#open() };
    if (what !== "traced") {
      this.#close(id);
      return { status: 200, body: {} };
    }
    const said = JSON.parse(await textOf(request)) as SaidInPage;
    return { status: 200, body: { told: this.#apps.get(id)?.traces?.hear(said) ?? [] } };
  }

  async #open(): Promise<{ id: string; url: string }> {
    if (this.#isOver) throw new Error("pushrig: Vitest ends, so there are no more apps");
    const { createMockPusher } = this.#load();
    // It takes any key, as the default app does: the application's own.
    const app = createMockPusher({ [Symbol.for("pushrig.any-key")]: true });
    const { id } = app.app;
    const gateway = await app.listen({ port: 0, onActivity: () => {} });
    const { trace, dir } = this.#integration();
    this.#apps.set(id, { app, traces: trace === false ? undefined : new PageTraces(app, trace, dir) });
    gateway.unref();
    if (this.#isOver) this.#close(id);
    return { id, url: gateway.url };
  }

  #close(id: string): void {
    this.#apps.get(id)?.app.close();
    this.#apps.delete(id);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) throw new RangeError(`pushrig: a page has said more of a test than ${MOST_BYTES} bytes`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function respond(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
