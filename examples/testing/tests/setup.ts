import { beforeEach, vi } from "vitest";
import { db } from "../src/lib/db";
import { session } from "../src/lib/session";

// The application's own state; the mock's is forgotten after each test.
beforeEach(() => {
  vi.useRealTimers();
  db.clear();
  session.user = "ada";
});
