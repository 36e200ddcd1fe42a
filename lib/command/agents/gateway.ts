/** The gateway that a tool asks: looked for anew at each call, since gateways come and go. */

import { isLoopback } from "../../base/loopback.js";
import { checkNames } from "../../base/nearest.js";
import { show } from "../../base/shown.js";
import { gatewayAddress } from "../../options/gateway-address.js";
import { Exchange } from "../../remote/exchange.js";
import { gatewayToAsk } from "../../remote/which-gateway.js";

/** What the command was given: they are for every call that names no other. */
export interface GatewayDefaults {
  url: string | undefined;
  token: string | undefined;
  app: string | undefined;
}

/** What the caller has to say of it. */
export interface Named {
  gateway?: unknown;
  app?: unknown;
}

/** @param changing the tool, where it changes something */
export async function gatewayOf(
  { gateway, app = undefined }: Named,
  given: GatewayDefaults,
  changing: string | undefined,
): Promise<Exchange> {
  const url = named(gateway, given);
  if (app !== undefined && (typeof app !== "string" || app === "")) {
    throw new TypeError(`pushrig: the argument app is the id or key of an app, not ${show(app)}`);
  }
  const { url: address, token } = await gatewayToAsk(
    { url, token: given.token },
    { option: "the argument gateway", changing },
  );
  // The token of one gateway is nobody else's.
  const isGiven = url === undefined || url === given.url;
  return new Exchange(address, { token: isGiven ? token : undefined, app: (app as string | undefined) ?? given.app });
}

/**
 * Who writes the arguments may have read what a client has sent. So they lead to this machine only: what is elsewhere the person names
 * who sets the command up.
 */
function named(gateway: unknown, given: GatewayDefaults): string | undefined {
  if (gateway === undefined) return given.url;
  const { origin, pathname, hostname } = gatewayAddress(gateway, "the argument gateway");
  const url = origin + pathname.replace(/\/+$/, "");
  if (isLoopback(hostname) || url === given.url?.replace(/\/+$/, "")) return url;
  throw new TypeError(
    `pushrig: the argument gateway is an address of this machine, such as "http://127.0.0.1:6001", not ${show(url)}. ` +
      "A gateway elsewhere is named where the command is: npx pushrig mcp --url URL",
  );
}

/** Throws for an argument that the tool has not. */
export function checkArguments(args: object, names: readonly string[], tool: string): void {
  checkNames(args, names, `the tool ${tool}`, "argument");
}
