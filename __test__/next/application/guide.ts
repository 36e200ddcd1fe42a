// The application that docs/nextjs.md shows, as files.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { blocksOf, pathOf } from "../../../scripts/docs.mjs";
import { folder } from "./application";

export interface Block {
  code: string;
  shownBy?: string;
}

const guide = fileURLToPath(new URL("../../../docs/nextjs.md", import.meta.url));

export const blocks: Block[] = blocksOf(readFileSync(guide, "utf8"));

/** Writes the guide's application into an empty folder. Where it shows a file twice, the first way counts. */
export function writeGuide(project: string): { write: (path: string, text: string) => void } {
  rmSync(project, { recursive: true, force: true });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  };
  for (const { code } of blocks.toReversed()) {
    const path = pathOf(code);
    if (path !== undefined) write(path, code);
  }
  // What create-next-app makes besides.
  write("src/app/layout.tsx", "export default ({ children }: any) => <html><body>{children}</body></html>;");
  cpSync(join(folder, "tsconfig.json"), join(project, "tsconfig.json"));
  return { write };
}
