import * as pusher from "pusher";
import Client from "pusher-js";
import Renamed from "realtime";

export const Server = pusher.default;
export { Client, Renamed };
export const loadClient = async () => (await import("pusher-js/with-encryption")).default;
