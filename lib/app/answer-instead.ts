/** Puts a refusal in the place of what an application answers to a request. */

import type { ServerResponse } from "node:http";

/** What an answer says of its own content; the rest, such as who may read it from elsewhere, holds for the refusal too. */
const OF_CONTENT = /^(content-|transfer-encoding$|etag$)/;

type Done = (error?: Error | null) => void;

/** What Node itself calls where nobody has called `writeHead()`. */
type Implicit = ServerResponse & { _implicitHeader(): void };

/** Nothing fails in the application: it says what it says, and the refusal is what is sent when it has ended. */
export function answerInstead(response: ServerResponse, status: number, text: string): void {
  const { writeHead, flushHeaders, write, end, _implicitHeader } = response as Implicit;
  const whenDone = (given: unknown[]): Done | undefined => given.find((one): one is Done => typeof one === "function");
  const refuse = (): void => {
    Object.assign(response, { writeHead, flushHeaders, write, end, _implicitHeader });
    for (const name of response.getHeaderNames()) if (OF_CONTENT.test(name)) response.removeHeader(name);
    response.statusCode = status;
    response.statusMessage = "";
    response.setHeader("content-type", "text/plain; charset=utf-8");
  };
  Object.assign(response, {
    writeHead(...[, ...given]: unknown[]) {
      const headers = given.find((one) => typeof one === "object" && one !== null && !Array.isArray(one)) ?? {};
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string);
      return response;
    },
    flushHeaders() {},
    write(...given: unknown[]) {
      const done = whenDone(given);
      if (done !== undefined) process.nextTick(done);
      return true;
    },
    end(...given: unknown[]) {
      refuse();
      return response.end(`${text}\n`, whenDone(given));
    },
    // As in `response.end(await answer())`, where `end` was looked up before: the status at least is the refusal's.
    _implicitHeader() {
      refuse();
      (response as Implicit)._implicitHeader();
    },
  });
}
