/** Who may come into a gateway besides pages and programs of this machine: origins that are named, and who has the token. */

import { urlFrom } from "../base/url.js";
import { checkList } from "./checks.js";
import { show } from "../base/shown.js";

/** What an entry of `origins` may be, for messages. */
const EXAMPLES = 'an origin such as "http://app.test:3000", a host such as "app.test" or "*.app.test", or "null"';

/**
 * The entries as the gateway takes them: in lower case, without a slash at the end, international names in ASCII.
 * `where` names the option in messages.
 *
 * @throws TypeError for what is no list of origins
 */
export function checkOrigins(origins: unknown, where: string): string[] {
  checkList(origins, `${where} is a list of origins such as ["http://app.test:3000"]`);
  return origins.map((entry: unknown) => {
    if (entry === "*") {
      throw new TypeError(
        `pushrig: "*" in ${where} would let any website use the gateway; name those that may, each ${EXAMPLES}`,
      );
    }
    const named = typeof entry === "string" ? normalized(entry) : undefined;
    if (named !== undefined && isForEverybody(named)) {
      throw new TypeError(
        `pushrig: ${show(entry)} in ${where} would let in every website below ${named.slice(1)}; name one of yours, such as ` +
          `"*.app${named.slice(1)}"`,
      );
    }
    if (named === undefined) throw new TypeError(`pushrig: ${where} names ${EXAMPLES}, not ${show(entry)}`);
    return named;
  });
}

/** The entry of `origins` that a text stands for, undefined if it is none. */
export function normalized(entry: string): string | undefined {
  if (entry === "null") return entry;
  const [, scheme, , wildcard = "", name, port = ""] =
    /^(([a-z][a-z0-9+.-]*):\/\/)?(\*\.)?([^/?#@\s]+?)(:\d{1,5})?\/?$/i.exec(entry) ?? [];
  if (name === undefined || (wildcard !== "" && (scheme !== undefined || port !== ""))) return undefined;
  if (Number(port.slice(1)) > 65_535) return undefined;
  const host = asciiHost(name);
  if (host === undefined || (wildcard !== "" && /^[\d.]+$|^\[/.test(host))) return undefined;
  return `${scheme?.toLowerCase() ?? ""}${wildcard}${host}${port}`;
}

/** Names of which no website can have one below (RFC 2606, 6761, 6762, 8375; `internal` by ICANN). */
const NOBODYS = new Set(["example", "home", "internal", "invalid", "lan", "local", "localdomain", "localhost", "test"]);

/** Whether an entry stands for all hosts below a name that nobody owns: `*.com`, `*.co.uk`. */
export function isForEverybody(entry: string): boolean {
  if (!entry.startsWith("*.")) return false;
  const name = entry.slice(2);
  return name.includes(".") ? /^(ac|co|com|edu|gov|net|org)\.[a-z]{2}$/.test(name) : !NOBODYS.has(name);
}

/** A host as browsers write it. */
function asciiHost(name: string): string | undefined {
  const url = urlFrom(`http://${name}/`);
  if (url === undefined) return undefined;
  const { hostname, port } = url;
  return port === "" && !hostname.includes("*") ? hostname : undefined;
}

/** Throws a TypeError that does not repeat the token. */
export function checkToken(token: unknown, where: string): void {
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return;
  const what = typeof token === "string" ? "one that is empty or has other characters" : show(token);
  throw new TypeError(`pushrig: ${where} is a text of visible ASCII characters without spaces, not ${what}`);
}

/** What the environment names besides `listen()`'s own options: `PUSHRIG_ORIGINS`, between commas or spaces, and `PUSHRIG_TOKEN`. */
export function admissionFromEnvironment(): { origins: string[]; token: string | undefined } {
  const { PUSHRIG_ORIGINS = "", PUSHRIG_TOKEN } = process.env;
  const entries = PUSHRIG_ORIGINS.split(/[\s,]+/).filter((entry) => entry !== "");
  const token = PUSHRIG_TOKEN || undefined;
  if (token !== undefined) checkToken(token, "PUSHRIG_TOKEN");
  return { origins: checkOrigins(entries, "PUSHRIG_ORIGINS"), token };
}
