/** A stream as a page of lines, in colour where somebody looks at it. */

import { styleText } from "node:util";
// @ts-ignore -- An ES module, which the bundle of the command takes in.
import { createSupportsHyperlinks } from "supports-hyperlinks";
import type { Paint } from "./lines.js";
import type { LogOutput } from "./live-log.js";
import { Output } from "./output.js";

/** A page that knows whether it is read. */
export interface Terminal extends LogOutput {
  end(): Promise<boolean>;
}

/** In colour on a terminal, unless NO_COLOR is set. */
export function paintFor(stream: { isTTY?: boolean }): Paint {
  // styleText came with Node 20.12.
  const isColored = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== "dumb" && styleText !== undefined;
  // Later versions look at standard output once more, whatever stream it is for.
  return (color, text) => (isColored ? styleText(color, text, { validateStream: false }) : text);
}

/** Text that leads to an address, on a terminal that can show that: never in a file or a pipe. */
export function linkFor(stream: { isTTY?: boolean }): LogOutput["link"] {
  const isLinked = stream.isTTY === true && createSupportsHyperlinks(stream);
  // OSC 8. The address is ASCII without controls.
  return (text, url) => (isLinked ? `\u001b]8;;${new URL(url).href}\u001b\\${text}\u001b]8;;\u001b\\` : text);
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
    link: linkFor(stream),
    width: () => stream.columns ?? 120,
  };
}
