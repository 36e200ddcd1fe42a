// Node's own, also on a page, as under jsdom: neither Node nor who intercepts its requests knows the page's class.
import { URL } from "node:url";

/** The address that an endpoint has; on a page, as under jsdom, a relative one too. Undefined where there is no page. */
export function addressOf(endpoint: string): URL | undefined {
  const { document, location } = globalThis as WebPage;
  const base = document?.baseURI ?? location?.href;
  if (URL.canParse(endpoint)) return isHttp(endpoint) ? new URL(endpoint) : undefined;
  return base !== undefined && isHttp(base) && URL.canParse(endpoint, base) ? new URL(endpoint, base) : undefined;
}

export interface WebPage {
  document?: { baseURI?: string; cookie?: string };
  location?: { href: string; origin: string };
}

export function isHttp(address: string): boolean {
  return /^https?:\/\//i.test(address);
}
