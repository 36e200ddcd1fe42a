/** Server-sent events, as the HTML standard has them, read from the body of an answer. */

export interface ServerSent {
  /** `"message"` where the stream does not say. */
  type: string;
  data: string;
  id: string | undefined;
}

/** What the stream brings, until it ends or is cut. Comments are left out; an id without data says how far the reader has come. */
export async function* serverSent(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let one = empty();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      // The last one may go on.
      text = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (one.data.length > 0 || one.id !== undefined)
            yield { type: one.type, data: one.data.join("\n"), id: one.id };
          one = empty();
        } else take(one, line);
      }
    }
  } finally {
    // Nobody reads on: the connection is given up.
    await reader.cancel().catch(() => {});
  }
}

function empty(): { type: string; data: string[]; id: string | undefined } {
  return { type: "message", data: [], id: undefined };
}

function take(one: ReturnType<typeof empty>, line: string): void {
  const [, name, value = ""] = /^([^:]*)(?::\s?(.*))?$/s.exec(line) ?? [];
  if (name === "data") one.data.push(value);
  else if (name === "event") one.type = value;
  else if (name === "id") one.id = value;
}
