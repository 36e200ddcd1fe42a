/** Answers what comes to the control routes of a gateway: which route is meant, which app, and what went wrong. */

import type { Rig } from "../app/rig.js";
import type { ControlAnswer, ControlHandler, ControlledGateway, ControlRequest } from "../gateway/control.js";
import { insteadOf } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { VERSION } from "../remote/shapes.js";
import { bodyOf, queryOf } from "./input.js";
import { EVENTS, openApi } from "./open-api.js";
import { ControlRefusal, controlRefusalOf } from "./refusal.js";
import { namesOf, type ControlRoute, ROUTES } from "./routes.js";

const BASE = `/pushrig/v${VERSION}`;

export class ControlRoutes implements ControlHandler {
  readonly #served: ControlledGateway;

  constructor(served: ControlledGateway) {
    this.#served = served;
  }

  /** Never rejects: what goes wrong is an answer too. */
  async answer(request: ControlRequest): Promise<ControlAnswer> {
    try {
      return json(200, await this.#answer(request));
    } catch (error) {
      const refusal = controlRefusalOf(error);
      return { ...json(refusal.status, refusal.body), ...(refusal instanceof WrongMethod && { allow: refusal.allow }) };
    }
  }

  async #answer({ method, target, body, signal }: ControlRequest): Promise<unknown> {
    const url = new URL(target, "http://localhost");
    const path = url.pathname.replace(/(?<=.)\/$/, "");
    const own = this.#ownPage(path);
    if (own !== undefined) {
      if (method !== "GET") throw new WrongMethod(method, path, ["GET"]);
      return own;
    }
    const { route, id } = routeOf(method, path);
    const name = `${method} ${route.path}`;
    const query = queryOf(url.searchParams, [...namesOf(route.query), "app"], name);
    const fields =
      method === "POST" ? bodyOf(body, route.checksFields === true ? undefined : namesOf(route.body), name) : {};
    const { app, ...others } = query;
    return route.answer({ served: this.#served, rig: this.#rig(app), query: others, body: fields, id, signal });
  }

  /** What there is, and how it is described. */
  #ownPage(path: string): object | undefined {
    if (path === "/pushrig/openapi.json") return openApi(this.#served.url);
    if (path !== "/pushrig" && path !== BASE) return undefined;
    const all = [...ROUTES, { method: "GET", path: "events", summary: EVENTS.summary }];
    const routes = all.map(({ method, path: below, summary }) => ({ method, path: `${BASE}/${below}`, summary }));
    return { v: VERSION, openapi: "/pushrig/openapi.json", routes };
  }

  /** The app that is meant. */
  #rig(app: string | undefined): Rig {
    const rigs = this.#served.rigs.filter((rig) => rig.lookIfOpen());
    const rig = app === undefined ? rigs[0] : rigs.find((one) => one.app.id === app || one.app.key === app);
    if (rig !== undefined) return rig;
    if (app === undefined) throw new ControlRefusal("closed", "pushrig: the app of this gateway was closed");
    const ids = rigs.map((one) => one.app.id);
    throw new ControlRefusal("unknown-app", `pushrig: this gateway has no app ${insteadOf(app, ids, "app")}`);
  }
}

class WrongMethod extends ControlRefusal {
  readonly allow: string;

  constructor(method: string, path: string, methods: readonly string[]) {
    super("wrong-method", `pushrig: ${path} takes ${methods.join(" and ")}, not ${method}`);
    this.allow = methods.join(", ");
  }
}

function routeOf(method: string, path: string): { route: ControlRoute; id: string } {
  const [, version, below] = /^\/pushrig\/v(\d+)\/(.+)$/.exec(path) ?? [];
  if (version !== undefined && version !== String(VERSION)) {
    throw new ControlRefusal(
      "unknown-version",
      `pushrig: there are no control routes of version ${version} here; the version is ${VERSION}: ${BASE}/${below}`,
    );
  }
  const found =
    below === undefined
      ? []
      : ROUTES.flatMap((route) => {
          const id = idIn(route.path, below);
          return id === undefined ? [] : [{ route, id }];
        });
  const one = found.find(({ route }) => route.method === method);
  if (one !== undefined) return one;
  if (found.length > 0)
    throw new WrongMethod(
      method,
      path,
      found.map(({ route }) => route.method),
    );
  const known = [...new Set([...ROUTES.map((route) => route.path), "events"])];
  throw new ControlRefusal(
    "unknown-route",
    below === undefined
      ? `pushrig: there is no control route ${show(path)}; they begin with ${BASE}/, and GET /pushrig lists them`
      : `pushrig: there is no control route ${insteadOf(below, known, "route")}`,
  );
}

/** What stands for `{id}`, `""` in a route without; undefined where it is another route. */
function idIn(route: string, path: string): string | undefined {
  const [before, after] = route.split("{id}");
  if (after === undefined) return route === path ? "" : undefined;
  if (!path.startsWith(before) || !path.endsWith(after) || path.length <= before.length + after.length)
    return undefined;
  const id = path.slice(before.length, path.length - after.length);
  if (id.includes("/")) return undefined;
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function json(status: number, value: unknown): ControlAnswer {
  return { status, body: `${JSON.stringify(value)}\n` };
}
