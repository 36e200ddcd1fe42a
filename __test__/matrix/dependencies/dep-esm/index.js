import * as pusher from "pusher";
import Client from "pusher-js";

export const Server = pusher.default;
export { Client };
export const loadClient = async () => (await import("pusher-js/with-encryption")).default;
