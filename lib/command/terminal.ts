/** A stream as a page of lines, in colour where somebody looks at it. */

import { styleText } from "node:util";
import type { Paint } from "./lines.js";
import type { Page } from "./live-log.js";
import { Output } from "./output.js";

/** A page that knows whether it is read. */
export interface Terminal extends Page {
  end(): Promise<boolean>;
}

/** In colour on a terminal, unless NO_COLOR is set. */
export function paintFor(stream: { isTTY?: boolean }): Paint {
  // styleText came with Node 20.12.
  const isColored = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== "dumb" && styleText !== undefined;
  // Later versions look at standard output once more, whatever stream it is for.
  return (color, text) => (isColored ? styleText(color, text, { validateStream: false }) : text);
}

export function terminal(stream: NodeJS.WriteStream): Terminal {
  const paint = paintFor(stream);
  const output = new Output(stream, (lost) =>
    paint("yellow", `  … ${lost.toLocaleString("en")} line${lost === 1 ? "" : "s"} left out: nobody read them`),
  );
  return {
    write: (line) => output.write(line),
    end: () => output.end(),
    paint,
    width: () => stream.columns ?? 120,
  };
}
