/** Puts a text behind the message of an error, wherever it is shown. Safe in browsers. */
export function amend(error: unknown, text: string): void {
  if (typeof error !== "object" || error === null) return;
  const { message, stack } = error as { message?: unknown; stack?: unknown };
  if (typeof message !== "string") return;
  const amended = `${message}\n\n${text}`;
  try {
    // The stack begins with the message most of the time.
    if (typeof stack === "string") {
      const at = stack.indexOf(message);
      const behind = at === -1 ? undefined : at + message.length;
      (error as Error).stack =
        behind === undefined ? `${text}\n${stack}` : `${stack.slice(0, behind)}\n\n${text}${stack.slice(behind)}`;
    }
    (error as Error).message = amended;
  } catch {
    // It cannot be changed.
  }
}
