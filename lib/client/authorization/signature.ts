/* oxlint-disable typescript/no-explicit-any -- what a user is, is the application's to say */
import { crypto } from "../../base/builtin.js";
import { Token } from "../../base/token.js";
import type { ChannelAuthorizationData, UserAuthenticationData } from "../../options/authorization.js";

/** What is asked for. */
export type AuthorizationKind = "channel-authorization" | "user-authentication";
export type AuthorizationParams = { socketId: string; channelName?: string };

/** For whom the mock signs, and with what. */
export interface Signer {
  readonly app: { id: string; key: string };
  /** The secret that holds for the app's key: that of its first server. */
  readonly secret: string;
  readonly encryptionMasterKey: Uint8Array | undefined;
  /** The mock's name of the connection: the id of whoever has none. */
  readonly connectionId: string;
  /** The client's option `user`. */
  readonly user: { id?: string | number; info?: unknown; watchlist?: string[] } | undefined;
  /** The user who is signed in, if any. */
  readonly signedIn: { id: any; user_info?: any } | null;
}

/** Whether there is all that a client needs: nobody can join an encrypted channel without its key. */
export function canSign({ channelName = "" }: AuthorizationParams, { encryptionMasterKey }: Signer): boolean {
  return !isEncrypted(channelName) || encryptionMasterKey !== undefined;
}

function isEncrypted(channelName: string): boolean {
  return channelName.startsWith("private-encrypted-");
}

/** What an authorization endpoint of the application would have answered, signed with the app's secret. */
export function signature(
  kind: AuthorizationKind,
  { socketId, channelName = "" }: AuthorizationParams,
  signer: Signer,
): ChannelAuthorizationData | UserAuthenticationData {
  const token = new Token(signer.app.key, signer.secret);
  const sign = (...parts: string[]) => `${token.key}:${token.sign(parts.join(":"))}`;
  const { user } = signer;
  if (kind === "user-authentication") {
    const { id = signer.connectionId, info, watchlist } = user ?? {};
    const user_data = JSON.stringify({ id: String(id), user_info: info, watchlist });
    return { auth: sign(socketId, "", "user", "", user_data), user_data };
  }
  if (channelName.startsWith("presence-")) {
    const { signedIn } = signer;
    const member = user
      ? { user_id: user.id ?? signer.connectionId, user_info: user.info }
      : { user_id: signedIn?.id ?? signer.connectionId, user_info: signedIn?.user_info };
    const channel_data = JSON.stringify(member);
    return { auth: sign(socketId, channelName, channel_data), channel_data };
  }
  const auth = sign(socketId, channelName);
  if (!isEncrypted(channelName)) return { auth };
  const { encryptionMasterKey } = signer;
  if (encryptionMasterKey === undefined) return { auth };
  return {
    auth,
    shared_secret: crypto().createHash("sha256").update(channelName).update(encryptionMasterKey).digest("base64"),
  };
}
