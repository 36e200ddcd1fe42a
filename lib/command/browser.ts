/** Opening a page in the person's browser. */

import { spawn } from "node:child_process";

interface Place {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  /** Whether somebody watches. */
  isTTY: boolean;
}

/** The program that opens an address, with what comes before it; undefined where there is no browser to open. */
export function browserOf({ platform, env, isTTY }: Place): string[] | undefined {
  const { BROWSER, CI, SSH_CONNECTION, DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME } = env;
  if (!isTTY || CI || BROWSER === "none") return undefined;
  if (BROWSER) return [BROWSER];
  // It would open on the machine that nobody sits at.
  if (SSH_CONNECTION) return undefined;
  if (platform === "darwin") return ["open"];
  // `start` is the shell's own, and takes a first quoted word for a title.
  if (platform === "win32") return ["cmd", "/c", "start", '""'];
  if (WSL_DISTRO_NAME) return ["cmd.exe", "/c", "start", '""'];
  return DISPLAY || WAYLAND_DISPLAY ? ["xdg-open"] : undefined;
}

/** Opens it, if there is a browser. The address is printed anyway, so nobody is told where that fails. */
export function openBrowser(url: string): void {
  const { platform, env, stdout } = process;
  const [program, ...before] = browserOf({ platform, env, isTTY: stdout.isTTY === true }) ?? [];
  if (program === undefined) return;
  const child = spawn(program, [...before, url], { stdio: "ignore", detached: true, windowsVerbatimArguments: true });
  child.on("error", () => {});
  child.unref();
}
