/** Resolves with the data of the next such event of a client, a channel, a connection or a user. */
export function next(
  emitter: { bind(event: string, callback: any): unknown; unbind(event: string, callback: any): unknown },
  event: string,
): Promise<any> {
  return new Promise((resolve) => {
    const heard = (data: unknown): void => {
      emitter.unbind(event, heard);
      resolve(data);
    };
    emitter.bind(event, heard);
  });
}
