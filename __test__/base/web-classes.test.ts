import { createRequire } from "node:module";
import { join } from "node:path";
import vm from "node:vm";
import { build } from "rolldown";
import { beforeAll, expect, it } from "vitest";

let code: string;

beforeAll(async () => {
  const input = join(import.meta.dirname, "../../lib/base/web-classes.ts");
  const { output } = await build({ input, platform: "node", output: { format: "cjs" }, write: false });
  ({ code } = output[0]);
});

/** Evaluates the module in a realm of its own, as Jest evaluates everything on a page of jsdom, and has it lend there. */
function lendIn(page: Record<string, unknown>): (code: string) => unknown {
  const parsingContext = vm.createContext(page);
  const exports: { lendWebClasses?: () => void } = {};
  vm.compileFunction(code, ["exports", "require"], { parsingContext })(exports, createRequire(import.meta.url));
  exports.lendWebClasses!();
  return (expression) => vm.runInContext(expression, parsingContext);
}

it("a page without classes for a request and its answer gets Node's own", async () => {
  const run = lendIn({});
  expect(run("[Request, Response, Headers]")).toEqual([Request, Response, Headers]);
  expect(run("Object.keys(globalThis)")).toEqual([]);
  const answer = run(
    'Response.json({ from: new Request("http://localhost/", { headers: { a: "b" } }).headers.get("a") })',
  );
  expect(await (answer as Response).json()).toEqual({ from: "b" });
});

it("a page keeps its own", () => {
  class PageRequest extends Request {}
  class PageResponse extends Response {}
  const kept = lendIn({ Request: PageRequest });
  expect(kept("[Request, typeof Response]")).toEqual([PageRequest, "undefined"]);
  expect(lendIn({ Response: PageResponse })("[Request, Response]")).toEqual([Request, PageResponse]);
});
