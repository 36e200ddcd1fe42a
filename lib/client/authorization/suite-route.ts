import { urlFrom } from "../../base/url.js";
import { testRoutes } from "../../events/test-runner.js";
import type { AuthorizeRoute } from "../../options/authorization.js";

/** The application's route that the configuration of the test suite gives for an endpoint, whatever host a client names with its path. */
export function suiteRoute(endpoint: string): AuthorizeRoute | undefined {
  for (const { endpoint: given, load } of testRoutes()) {
    if (means(endpoint, given)) return async (request) => (await load())(request);
  }
  return undefined;
}

function means(asked: string, given: string): boolean {
  const [left, right] = [parse(asked), parse(given)];
  if (left === undefined || right === undefined || left.pathname !== right.pathname) return false;
  return given.startsWith("/") || left.origin === right.origin;
}

function parse(endpoint: string): URL | undefined {
  return urlFrom(endpoint, "http://localhost");
}
