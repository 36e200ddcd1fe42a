import { EventEmitter } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { bound, Output } from "../../lib/command/output.js";

/** A stream that keeps what nobody has read. */
class Pipe extends EventEmitter {
  waiting: Array<{ text: string; written: (() => void) | undefined }> = [];
  read = "";

  get writableLength(): number {
    return this.waiting.reduce((sum, { text }) => sum + text.length, 0);
  }

  write(text: string, written?: () => void): boolean {
    this.waiting.push({ text, written });
    return false;
  }

  drain(): void {
    for (const { text, written } of this.waiting.splice(0)) {
      this.read += text;
      written?.();
    }
    this.emit("drain");
  }
}

const setUp = () => {
  const pipe = new Pipe();
  return { pipe, output: new Output(pipe, (lost) => `${lost} lost`) };
};

describe("the command's output", () => {
  it("holds a mebibyte for a reader that has stopped, then counts lines, and tells how many once it reads again", () => {
    const { pipe, output } = setUp();
    const line = "x".repeat(1023);
    for (let n = 0; n < 5_000; n += 1) output.write(line);
    expect(pipe.writableLength).toBe(1025 * 1024);
    pipe.drain();
    output.write("next");
    pipe.drain();
    expect(pipe.read.split("\n").slice(-4)).toEqual([line, `${5_000 - 1025} lost`, "next", ""]);
  });

  it("has ended when its last line was read", async () => {
    const { pipe, output } = setUp();
    output.write("last");
    const ended = output.end();
    pipe.drain();
    expect(await ended).toBe(true);
  });

  it("ends without a reader after a second", async () => {
    vi.useFakeTimers();
    try {
      const { output } = setUp();
      output.write("last");
      const ended = output.end();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await ended).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it("bounds what others write to a stream in the same way", () => {
    const pipe = new Pipe();
    bound(pipe, (lost) => `${lost} lost`);
    const line = `${"x".repeat(1023)}\n`;
    for (let n = 0; n < 5_000; n += 1) pipe.write(line);
    expect(pipe.writableLength).toBe(1025 * 1024);
    pipe.drain();
    pipe.write("next\n");
    pipe.drain();
    expect(pipe.read.split("\n").slice(-3)).toEqual([`${5_000 - 1025} lost`, "next", ""]);
  });
});
