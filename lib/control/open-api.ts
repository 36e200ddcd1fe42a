/** The control routes as an OpenAPI 3.1 document. */

import { native } from "../native/addon.js";
import { VERSION } from "../remote/shapes.js";
import { type ControlRoute, ROUTES } from "./routes.js";
import { COMPONENTS, ref, type Schema, text } from "./schemas.js";

const APP = {
  name: "app",
  in: "query",
  description: "Id or key of the app. Default: the gateway's first",
  schema: text,
};

export function openApi(url: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of ROUTES) {
    const path = `/pushrig/v${VERSION}/${route.path}`;
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  paths[`/pushrig/v${VERSION}/events`] = { get: EVENTS };
  return {
    openapi: "3.1.0",
    info: { title: "pushrig: control routes of a gateway", version: native.version() },
    servers: [{ url }],
    components: { schemas: COMPONENTS, securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    // From this machine without.
    security: [{}, { token: [] }],
    paths,
  };
}

function operation({ path, method, summary, query = {}, body, answers, refuses = [] }: ControlRoute): object {
  const parameters: object[] = Object.entries(query).map(([name, schema]) => ({ name, in: "query", schema }));
  if (path.includes("{id}")) parameters.push({ name: "id", in: "path", required: true, schema: text });
  const statuses = [400, 401, 403, 404, 405, 410, ...refuses].map((status) => [status, json("Refused", ref("Error"))]);
  return {
    operationId: `${method.toLowerCase()} ${path}`.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()),
    summary,
    parameters: [APP, ...parameters],
    ...(body !== undefined && { requestBody: { content: { "application/json": { schema: body } } } }),
    responses: { 200: json("Answered", answers), ...Object.fromEntries(statuses) },
  };
}

/** The gateway writes these itself, whatever else this process does. */
export const EVENTS = {
  operationId: "getEvents",
  summary: "Follows the journal: events entry, reset and gap. Resumes by Last-Event-ID, or by after",
  parameters: [
    APP,
    ...["after", "channel", "kinds", "beginning"].map((name) => ({ name, in: "query", schema: text })),
    { name: "last-event-id", in: "header", schema: text },
  ],
  responses: {
    200: { description: "A stream", content: { "text/event-stream": { schema: text } } },
    400: json("Refused", ref("Error")),
    404: json("Refused", ref("Error")),
  },
};

function json(description: string, schema: Schema): object {
  return { description, content: { "application/json": { schema } } };
}
