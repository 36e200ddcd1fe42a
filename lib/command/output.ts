/** Where the command writes its lines: bounded, whoever reads them or does not. */

/** Bytes that may wait for the reader; lines beyond it are counted only. */
const MAX_WAITING = 1024 * 1024;
/** How long the last lines may take to be read, in milliseconds. */
const LAST_WORDS = 1000;

/** What an output needs of a stream. */
export interface LineStream {
  write(text: string, written?: () => void): boolean;
  readonly writableLength: number;
  once(event: "drain", listener: () => void): unknown;
}

export class Output {
  readonly #stream: LineStream;
  readonly #telling: (lost: number) => string;
  #lost = 0;

  /** @param telling the line that says how many others could not be written */
  constructor(stream: LineStream, telling: (lost: number) => string) {
    this.#stream = stream;
    this.#telling = telling;
  }

  write(line: string): void {
    if (this.#lost > 0 || this.#stream.writableLength > MAX_WAITING) {
      if (this.#lost === 0) this.#stream.once("drain", () => this.#resume());
      this.#lost += 1;
    } else this.#stream.write(`${line}\n`);
  }

  /** Resolves once everything was read, or after a second: to false if somebody has stopped reading. */
  end(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), LAST_WORDS);
      this.#stream.write("", () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** The reader has caught up. */
  #resume(): void {
    const lost = this.#lost;
    this.#lost = 0;
    this.write(this.#telling(lost));
  }
}

/**
 * Bounds what waits in a stream that others write to: standard error, for `console.warn`. From here on what its reader is too slow
 * for is left out and counted.
 */
export function bound(stream: LineStream, telling: (lost: number) => string): void {
  const write = stream.write.bind(stream);
  const inner: LineStream = {
    write,
    get writableLength() {
      return stream.writableLength;
    },
    once: (event, listener) => stream.once(event, listener),
  };
  const output = new Output(inner, telling);
  stream.write = (text) => {
    output.write(String(text).replace(/\n$/, ""));
    return true;
  };
}

/** Standard output as a stream that never blocks: a terminal that was stopped with Ctrl-S would stop the whole program. */
export function standardOutput(): NodeJS.WriteStream {
  const { stdout } = process;
  const { _handle: handle } = stdout as { _handle?: { setBlocking?(blocking: boolean): void } };
  if (stdout.isTTY) handle?.setBlocking?.(false);
  return stdout;
}

/** Ends the process without a word when nobody reads on, as in `pushrig tail | head`. */
export function endWithReader(...streams: NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit();
    });
  }
}
