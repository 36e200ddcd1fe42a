// The apps of Vitest's browser mode: each test file that runs in a page has one of its own, behind a gateway of its own.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { MockPusher } from "../mock/mock-pusher";

/**
 * Where pages ask, beside their own modules: an app is opened by `POST` here, and closed by `POST` to `ID/close`. What else they want of
 * it they ask its gateway, by the control routes.
 */
const PLACE = "/__pushrig__/apps";

/** What is used of the mock. */
interface Entry {
  createMockPusher(options: object): MockPusher;
}

export class PageApps {
  readonly #apps = new Map<string, MockPusher>();
  readonly #load: () => Entry;
  #isOver = false;

  /** @param load evaluates the mock, for the first page: other projects have no use for it */
  constructor(load: () => Entry) {
    this.#load = load;
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
    const [id] = pathname.slice(PLACE.length + 1).split("/");
    this.#do(id).then(
      ({ status, body }) => respond(response, status, body),
      (error: unknown) => respond(response, 500, { error: { code: "failed", message: String(error) } }),
    );
  };

  /** Ends them all. */
  end(): void {
    this.#isOver = true;
    for (const id of this.#apps.keys()) this.#close(id);
  }

  async #do(id: string): Promise<{ status: number; body: object }> {
    if (id === "") return { status: 200, body: await this.#open() };
    this.#close(id);
    return { status: 200, body: {} };
  }

  async #open(): Promise<{ id: string; url: string }> {
    if (this.#isOver) throw new Error("pushrig: Vitest ends, so there are no more apps");
    const { createMockPusher } = this.#load();
    // It takes any key, as the default app does: the application's own.
    const app = createMockPusher({ [Symbol.for("pushrig.any-key")]: true });
    const { id } = app.app;
    this.#apps.set(id, app);
    const gateway = await app.listen({ port: 0, onActivity: () => {} });
    gateway.unref();
    if (this.#isOver) this.#close(id);
    return { id, url: gateway.url };
  }

  #close(id: string): void {
    this.#apps.get(id)?.close();
    this.#apps.delete(id);
  }
}

function respond(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
