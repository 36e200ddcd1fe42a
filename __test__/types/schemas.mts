// Schemas of zod, valibot and arktype as a contract. Compiled, not run.
import { type } from "arktype";
import { createMockPusher } from "pushrig";
import type { ContractOf, Schemas, TypedServer } from "pushrig/types";
import * as v from "valibot";
import { z } from "zod";

const schemas = {
  "task-*": { "new-message": z.object({ id: z.string(), text: z.string().default("") }) },
  board: { moved: v.object({ to: v.string() }), saved: type({ at: "number" }) },
} satisfies Schemas;
const described = createMockPusher().server as TypedServer<ContractOf<typeof schemas>>;
void described.trigger("task-1", "new-message", { id: "m1" });
void described.trigger("board", "moved", { to: "done" });
void described.trigger("board", "saved", { at: 1 });
// @ts-expect-error a field of another type, of zod
void described.trigger("task-1", "new-message", { id: 1 });
// @ts-expect-error as above, of valibot
void described.trigger("board", "moved", { to: 1 });
// @ts-expect-error as above, of arktype
void described.trigger("board", "saved", { at: "1" });
