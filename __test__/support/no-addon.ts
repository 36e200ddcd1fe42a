/** Stands in for `lib/native/addon.ts` where a test involves no broker. */
export const native = {};

export class NativePusherClient {
  keep(_app: number, _connection: number): void {}

  subscribe(_channel: string): void {}

  unsubscribe(_channel: string): void {}

  disconnect(): void {}
}
