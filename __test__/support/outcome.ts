/** What a call did, in a form that two libraries can be compared by. */
export type Outcome =
  | { threw: Record<string, unknown> }
  | { rejected: Record<string, unknown> }
  | { resolved: unknown }
  | { returned: unknown };

export async function observe(action: () => unknown): Promise<Outcome> {
  let value: unknown;
  try {
    value = action();
  } catch (error) {
    return { threw: describeError(error) };
  }
  if (!(value instanceof Promise)) return { returned: value };
  try {
    return { resolved: await describeResponse(await value) };
  } catch (error) {
    return { rejected: describeError(error) };
  }
}

export function describeError(error: any): Record<string, unknown> {
  if (error === null || typeof error !== "object") return { value: error };
  return {
    constructor: error.constructor.name,
    tag: Object.prototype.toString.call(error),
    isError: error instanceof Error,
    keys: Object.keys(error),
    name: error.name,
    message: error.message,
    ...("url" in error && { url: error.url, status: error.status, body: error.body }),
    ...(error.error && { error: describeCause(error.error) }),
  };
}

function describeCause(error: any): Record<string, unknown> {
  const { name, message, type, code, errno, constructor } = error;
  return { name, message, type, code, errno, constructor: constructor.name, keys: Object.keys(error) };
}

async function describeResponse(response: any): Promise<unknown> {
  if (Object.prototype.toString.call(response) !== "[object Response]") return response;
  const { status, ok, statusText, url, redirected, bodyUsed, size, timeout } = response;
  return {
    keys: Object.keys(response),
    status,
    ok,
    statusText,
    url,
    redirected,
    bodyUsed,
    size,
    timeout,
    type: response.headers.get("Content-Type"),
    text: await response.text(),
    usedAfter: response.bodyUsed,
  };
}
