import { expect, it } from "vitest";
import { freePort } from "../../scripts/free-port.mjs";
import { run } from "../support/child";

it("has servers act on the app that the request claims, and on the default app where it claims none that is its own", async () => {
  const { code, stdout, stderr } = await run("requests.cjs", import.meta.url, { args: [String(await freePort())] });

  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { answers, ada, grace, standard } = JSON.parse(stdout.trim().split("\n").at(-1) as string);
  const many = (name: string) => Array.from({ length: 10 }, () => name);
  expect(ada).toEqual(["claimed", "in-a-batch", "by-cookie", "onwards", ...many("ada"), "kept-alive-claimed"]);
  expect(grace).toEqual(many("grace"));
  const refused = ["wrong-secret", "unknown-app", "default-app", "nonsense"];
  expect(standard).toEqual(["kept-alive-plain", ...refused, "in-a-job", "in-a-job"]);
  expect(answers.trigger.heard).toBe("ada-key");
  expect(answers.plain.heard).toBeUndefined();
  expect(answers.auth.body.auth).toMatch(/^ada-key:/);
  expect(stderr.match(/has acted outside of a request/g)).toHaveLength(1);

  // What network().failAuthorization() wants refused, the application's own endpoint refuses, and nobody else.
  const refusal = { heard: "ada-key", status: 401, body: "not you\n" };
  expect(answers.refused).toEqual([refusal, { ...refusal, origin: "http://a.test" }]);
  expect(answers.early.status).toBe(401);
  expect(answers.others.map(({ status }: { status: number }) => status)).toEqual([200, 200, 200]);
  const usual = { status: 403, body: "pushrig: network().failAuthorization() has refused this\n" };
  expect([answers.signIn, answers.standard]).toMatchObject([usual, usual]);
});
