import Pusher from "pusher";
import { MockPusherServer } from "pushrig";
import { PythonProcess } from "./python.js";
import type { World } from "./world.js";

export const encryptionMasterKeyBase64 = Buffer.alloc(32, 7).toString("base64");

/** What the server SDKs of all languages can do. Answers are decoded. */
export interface Sdk {
  trigger(channels: string[], event: string, data: unknown, socketId?: string): Promise<unknown>;
  triggerBatch(batch: { channel: string; name: string; data: unknown }[]): Promise<unknown>;
  sendToUser(userId: string, event: string, data: unknown): Promise<unknown>;
  terminateUserConnections(userId: string): Promise<unknown>;
  channels(prefix: string, info: string[]): Promise<unknown>;
  channel(name: string, info: string[]): Promise<unknown>;
  users(channel: string): Promise<unknown>;
  authorizeChannel(socketId: string, channel: string, member?: { user_id: string; user_info: object }): Promise<any>;
  authenticateUser(socketId: string, user: { id: string }): Promise<any>;
  end(): Promise<void>;
}

/** The credentials of the default app as an SDK of any language takes them. */
export interface Credentials {
  appId: string;
  key: string;
  secret: string;
}

export interface SdkLibrary {
  name: string;
  open(world: World, credentials?: Partial<Credentials>): Sdk;
}

/** npm `pusher`, or the mock in its place, over HTTP. */
function ofNode(Class: typeof Pusher): SdkLibrary["open"] {
  return (world, credentials) => {
    const server = new Class({ ...world.credentials, useTLS: false, encryptionMasterKeyBase64, ...credentials });
    const decoded = async (answer: Promise<Pusher.Response>): Promise<unknown> => (await answer).json();
    const get = (path: string, params?: object) => decoded(server.get({ path, params: params as never }));
    return {
      trigger: (channels, event, data, socket_id) => decoded(server.trigger(channels, event, data, { socket_id })),
      triggerBatch: (batch) => decoded(server.triggerBatch(batch)),
      sendToUser: (userId, event, data) => decoded(server.sendToUser(userId, event, data)),
      terminateUserConnections: (userId) => decoded(server.terminateUserConnections(userId)),
      channels: (filter_by_prefix, info) => get("/channels", { filter_by_prefix, info: info.join(",") }),
      channel: (name, info) => get(`/channels/${name}`, { info: info.join(",") }),
      users: (channel) => get(`/channels/${channel}/users`),
      authorizeChannel: async (...signed) => server.authorizeChannel(...signed),
      authenticateUser: async (...signed) => server.authenticateUser(...signed),
      end: async () => {},
    };
  };
}

/** PyPI's `pusher`, in a process of its own. */
function ofPython(world: World, credentials?: Partial<Credentials>): Sdk {
  const process = new PythonProcess("pusher_server.py");
  const { appId, key, secret, host, port } = { ...world.credentials, ...credentials };
  const configured = process.call("configure", {
    app_id: appId,
    key,
    secret,
    host,
    port: Number(port),
    ssl: false,
    encryption_master_key_base64: encryptionMasterKeyBase64,
  });
  const call = async (...call: [method: string, ...args: unknown[]]): Promise<unknown> => {
    await configured;
    return process.call(...call);
  };
  return {
    trigger: (channels, event, data, socketId) => call("trigger", channels, event, data, socketId ?? null),
    triggerBatch: (batch) => call("trigger_batch", batch),
    sendToUser: (userId, event, data) => call("send_to_user", userId, event, data),
    terminateUserConnections: (userId) => call("terminate_user_connections", userId),
    channels: (prefix, info) => call("channels_info", prefix, info),
    channel: (name, info) => call("channel_info", name, info),
    users: (channel) => call("users_info", channel),
    authorizeChannel: (socketId, channel, member) => call("authenticate", channel, socketId, member ?? null),
    authenticateUser: (socketId, user) => call("authenticate_user", socketId, user),
    end: () => process.end(),
  };
}

export const npmPusher: SdkLibrary = { name: "npm pusher", open: ofNode(Pusher) };
export const mockServer: SdkLibrary = {
  name: "MockPusherServer with a host",
  open: ofNode(MockPusherServer as unknown as typeof Pusher),
};
export const pythonPusher: SdkLibrary = { name: "pusher of PyPI", open: ofPython };
