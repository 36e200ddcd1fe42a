/** The message that a promise rejects with. */
export async function messageOf(promise: Promise<unknown>): Promise<string> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`it was fulfilled: ${JSON.stringify(value)}`);
}
