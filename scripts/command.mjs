// Runs other programs, from the root of the checkout.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./stale.mjs";

/** On Windows npm, and the programs that packages install, are scripts for its shell. */
const isScript = (program) => process.platform === "win32" && (program === "npm" || program.includes("\\.bin\\"));

/**
 * Runs a command line given as words, shows its output as it comes, and resolves to `{ code, output, answer }`; `code` is 1 for a
 * program that cannot be started or that a signal ended. `answer` is what it wrote to standard output alone, for who reads that: npm and
 * cargo warn on standard error of whatever they like. With `quiet` the output is shown only if the command fails.
 */
export function run(words, { cwd = root, env = {}, quiet = false, timeout } = {}) {
  return new Promise((resolve) => {
    const [program, ...args] = words;
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      shell: isScript(program),
      stdio: ["ignore", "pipe", "pipe"],
      timeout,
      killSignal: "SIGKILL",
    });
    let output = "";
    let answer = "";
    const take = (chunk) => {
      output += chunk;
      if (!quiet) process.stdout.write(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stdout.on("data", (chunk) => (answer += chunk));
    child.stderr.setEncoding("utf8").on("data", take);
    const end = (code) => {
      if (quiet && code !== 0) process.stdout.write(output);
      resolve({ code, output, answer });
    };
    child.on("error", (error) => {
      output += `${program}: ${error.message}\n`;
      if (!quiet) process.stdout.write(`${program}: ${error.message}\n`);
      end(1);
    });
    child.on("close", (code, signal) => {
      if (signal) output += `${program} was ended by ${signal}\n`;
      end(code ?? 1);
    });
  });
}

/** Runs a command and throws when it fails. */
export async function must(words, options) {
  const result = await run(words, options);
  if (result.code !== 0) throw new Error(`failed (${result.code}): ${words.join(" ")}`);
  return result;
}

/**
 * Runs a command with this process's own input and output, hands it the signals that ask to end, and resolves to its exit code.
 * `onOutput` gets to read what it prints.
 */
export function inForeground(words, { cwd = root, env = {}, onOutput } = {}) {
  const [program, ...args] = words;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["inherit", onOutput ? "pipe" : "inherit", "inherit"],
  });
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    process.stdout.write(text);
    onOutput(text);
  });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const hand = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, hand);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      for (const signal of signals) process.off(signal, hand);
      resolve(code ?? 1);
    });
  });
}

/** The words that run an installed package's program, e.g. `tool("tsc", "-p", ".")`. */
export function tool(name, ...args) {
  return [join(root, "node_modules", ".bin", name), ...args];
}

const LINES = 15;

/** How an output begins, for a summary. */
export const firstLines = (output) => output.trim().split("\n").slice(0, LINES).join("\n");

/** How an output ends, for a summary. */
export const lastLines = (output) => output.trim().split("\n").slice(-LINES).join("\n");
