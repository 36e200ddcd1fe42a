/** Where a gateway is, as an option or the environment says it. Safe in browsers. */

import { urlFrom } from "../base/url.js";
import { show } from "../base/shown.js";
import { isPublicService } from "./public-service.js";

const EXAMPLE = '"http://127.0.0.1:6001"';

/**
 * The address of a gateway; `name` is who says it, for messages.
 *
 * @throws TypeError for what is no `http:` or `https:` URL, has a use for nobody there, or is the public service's
 */
export function gatewayAddress(url: unknown, name: string): URL {
  const address = typeof url === "string" ? urlFrom(url) : undefined;
  // Of "localhost:6001" the scheme would be localhost.
  if (address === undefined || !/^https?:$/.test(address.protocol)) {
    throw new TypeError(`pushrig: ${name} must be a gateway's address such as ${EXAMPLE}, not ${show(url)}`);
  }
  const { origin, hostname, pathname, username, password, search, hash } = address;
  const plain = show(origin + pathname.replace(/\/+$/, ""));
  // Never shows what may be a secret: messages end in logs.
  if (username || password) {
    throw new TypeError(
      `pushrig: ${name} is a gateway's address alone, such as ${plain}, without a user and password before it; ` +
        "credentials are options of the server: appId, key and secret",
    );
  }
  if (isPublicService(hostname)) {
    throw new TypeError(
      `pushrig: ${name} ${plain} is Pusher's public service, which the mock never contacts; ` +
        `set it to a gateway, such as ${EXAMPLE}, or leave it out`,
    );
  }
  if (search || hash) {
    throw new TypeError(
      `pushrig: ${name} is a gateway's address alone, such as ${plain}, without ${show(search + hash)} after it`,
    );
  }
  return address;
}
