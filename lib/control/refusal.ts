/** Why a request is not answered with what it asks for. */

import type { ErrorCode, Failed } from "../remote/shapes.js";

const STATUS: Partial<Record<ErrorCode, number>> = {
  "unknown-route": 404,
  "unknown-version": 404,
  "unknown-app": 404,
  "unknown-fault": 404,
  "unknown-webhook": 404,
  "wrong-method": 405,
  "not-met": 409,
  "cannot-come-true": 409,
  conflict: 409,
  closed: 410,
  failed: 500,
};

export class ControlRefusal extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(code: ErrorCode, message: string, status = STATUS[code] ?? 400) {
    super(message);
    this.code = code;
    this.status = status;
  }

  get body(): Failed {
    return { error: { code: this.code, message: this.message } };
  }
}

/** What was thrown, as a refusal. Checks throw a TypeError or RangeError in pushrig's name; anything else is a mistake of its own. */
export function controlRefusalOf(error: unknown): ControlRefusal {
  if (error instanceof ControlRefusal) return error;
  const { message } = Object(error) as { message?: unknown };
  const text = typeof message === "string" ? message : String(error);
  if (!text.startsWith("pushrig: ")) return new ControlRefusal("failed", `pushrig: the request failed inside: ${text}`);
  return new ControlRefusal(/^pushrig: this (app|gateway) was closed/.test(text) ? "closed" : "bad-request", text);
}
