/** Puts a refusal in the place of what an application answers to a request. */

import type { ServerResponse } from "node:http";

export interface AnsweredRefusal {
  status: number;
  message: string;
}

/** Answers that are kept back, each with what is asked about it: an endpoint may sign several channels for one. */
const keptBack = new WeakMap<ServerResponse, Array<Promise<AnsweredRefusal | undefined>>>();

/** Keeps an answer back until it is known whether it is a refusal. */
export function answerOnceKnown(response: ServerResponse, asked: Promise<AnsweredRefusal | undefined>): void {
  const known = keptBack.get(response);
  if (known !== undefined) {
    known.push(asked);
    return;
  }
  const all = [asked];
  keptBack.set(response, all);
  const goOn = keepBack(response);
  void firstOf(all).then((refusal) => {
    keptBack.delete(response);
    goOn(refusal);
  });
}

/** @param all may become more while it is waited */
async function firstOf(all: Array<Promise<AnsweredRefusal | undefined>>): Promise<AnsweredRefusal | undefined> {
  let first: AnsweredRefusal | undefined;
  for (const one of all) first ??= await one;
  return first;
}

/** Nothing of an answer goes out until what this answers is called. */
function keepBack(response: ServerResponse): (refusal: AnsweredRefusal | undefined) => void {
  const { writeHead, flushHeaders, write, end } = response;
  const calls: Array<() => unknown> = [];
  const later =
    (name: "writeHead" | "flushHeaders" | "write" | "end") =>
    (...given: never[]) => {
      calls.push(() => (response[name] as (...given: never[]) => unknown)(...given));
      return name === "write" ? true : response;
    };
  Object.assign(response, {
    writeHead: later("writeHead"),
    flushHeaders: later("flushHeaders"),
    write: later("write"),
    end: later("end"),
  });
  return (refusal) => {
    Object.assign(response, { writeHead, flushHeaders, write, end });
    if (refusal !== undefined) answerInstead(response, refusal);
    for (const call of calls) call();
  };
}

/** What an answer says of its own content; the rest, such as who may read it from elsewhere, holds for the refusal too. */
const OF_CONTENT = /^(content-|transfer-encoding$|etag$)/;

type Done = (error?: Error | null) => void;

/** What Node itself calls where nobody has called `writeHead()`. */
type Implicit = ServerResponse & { _implicitHeader(): void };

/** Nothing fails in the application: it says what it says, and the refusal is what is sent when it has ended. */
export function answerInstead(response: ServerResponse, { status, message }: AnsweredRefusal): void {
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
      return response.end(`${message}\n`, whenDone(given));
    },
    // As in `response.end(await answer())`, where `end` was looked up before: the status at least is the refusal's.
    _implicitHeader() {
      refuse();
      (response as Implicit)._implicitHeader();
    },
  });
}
