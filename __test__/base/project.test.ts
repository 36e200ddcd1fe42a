import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { projectOf } from "../../lib/base/project.js";

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "project-")));
  onTestFinished(() => rmSync(path, { recursive: true }));
  mkdirSync(join(path, "apps/web/src"), { recursive: true });
  return path;
}

describe("a project", () => {
  it.each(["package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "pnpm-workspace.yaml", ".git"])(
    "is the nearest folder upwards with %s",
    (sign) => {
      const root = folder();
      writeFileSync(join(root, sign), "");
      expect(projectOf(join(root, "apps/web/src"), undefined).folder).toBe(root);
      writeFileSync(join(root, "apps/web", sign), "");
      expect(projectOf(join(root, "apps/web/src"), undefined).folder).toBe(join(root, "apps/web"));
    },
  );

  it("is the folder that PUSHRIG_PROJECT names, also from beside it", () => {
    const root = folder();
    writeFileSync(join(root, "yarn.lock"), "");
    expect(projectOf(join(root, "apps"), "web").folder).toBe(join(root, "apps/web"));
    expect(projectOf(join(root, "apps"), join(root, "no/such/folder")).folder).toBe(join(root, "no/such/folder"));
  });

  it("is the same by whatever link one goes there, and has a hash that does not say where it is", () => {
    const root = folder();
    writeFileSync(join(root, "yarn.lock"), "");
    symlinkSync(root, `${root}-link`);
    onTestFinished(() => rmSync(`${root}-link`));
    const project = projectOf(root, undefined);
    expect(projectOf(join(`${root}-link`, "apps"), undefined)).toEqual(project);
    expect(project.hash).toMatch(/^[\da-f]{16}$/);
    expect(projectOf(join(root, "apps"), ".").hash).not.toBe(project.hash);
  });
});
