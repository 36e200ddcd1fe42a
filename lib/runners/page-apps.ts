// The apps of Vitest's browser mode: each test file that runs in a page has one of its own, behind a gateway of its own.
import type { IncomingMessage, ServerResponse } from "node:http";
import { show } from "../base/shown";
import type { MockPusher } from "../mock/mock-pusher";
import { PageRoutes } from "./page-routes";

/** Where pages ask, beside their own modules: an app is opened by `POST` here, closed by `POST` to `ID/close`, and asked below `ID/pushrig/v1/`. */
const PLACE = "/__pushrig__/apps";

/** A request is no larger than this, in characters. */
const MOST = 1024 * 1024;

/** What changes nothing. */
const READ: ReadonlySet<string> = new Set(["journal", "webhooks"]);

interface PageApp {
  app: MockPusher;
  routes: PageRoutes;
}

/** What is used of the mock. */
interface Entry {
  createMockPusher(options: object): MockPusher;
}

export class PageApps {
  readonly #apps = new Map<string, PageApp>();
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
    const [id, ...rest] = pathname.slice(PLACE.length + 1).split("/");
    const route = rest.join("/").replace(/^pushrig\/v1\//, "");
    const isRead = request.method === "GET" && READ.has(route);
    // Browsers say where a request comes from: another site's page has no business here.
    if ((request.method !== "POST" && !isRead) || request.headers["sec-fetch-site"] !== "same-origin") {
      respond(response, 403, {
        error: { code: "forbidden", message: "pushrig: only pages of Vitest ask here, by POST" },
      });
      return;
    }
    this.#do(id, route, request).then(
      ({ status, body }) => respond(response, status, body),
      (error: unknown) => respond(response, 500, { error: { code: "failed", message: String(error) } }),
    );
  };

  /** Ends them all. */
  end(): void {
    this.#isOver = true;
    for (const id of this.#apps.keys()) this.#close(id);
  }

  async #do(id: string, route: string, request: IncomingMessage): Promise<{ status: number; body: object }> {
    if (id === "") return { status: 200, body: await this.#open() };
    const found = this.#apps.get(id);
    if (found === undefined) {
      const message = "pushrig: the app of this test file was closed; what is asked now comes after its end";
      return { status: 404, body: { error: { code: "unknown-app", message } } };
    }
    if (route === "close") {
      this.#close(id);
      return { status: 200, body: {} };
    }
    const text = await textOf(request);
    let body: unknown;
    try {
      body = text === "" ? {} : JSON.parse(text);
    } catch {
      // Said below.
    }
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      const message = `pushrig: the body of a request is a JSON object, not ${show(text)}`;
      return { status: 400, body: { error: { code: "bad-request", message } } };
    }
    return found.routes.answer(route, body as Record<string, unknown>);
  }

  async #open(): Promise<{ id: string; url: string; routes: string }> {
    if (this.#isOver) throw new Error("pushrig: Vitest ends, so there are no more apps");
    const { createMockPusher } = this.#load();
    // It takes any key, as the default app does: the application's own.
    const app = createMockPusher({ [Symbol.for("pushrig.any-key")]: true });
    const { id } = app.app;
    this.#apps.set(id, { app, routes: new PageRoutes(app) });
    const gateway = await app.listen({ port: 0, onActivity: () => {} });
    gateway.unref();
    if (this.#isOver) this.#close(id);
    return { id, url: gateway.url, routes: `${PLACE}/${id}` };
  }

  #close(id: string): void {
    this.#apps.get(id)?.app.close();
    this.#apps.delete(id);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const part of request) {
    text += part;
    if (text.length > MOST) throw new Error(`pushrig: a request has at most ${MOST} characters`);
  }
  return text;
}

function respond(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
