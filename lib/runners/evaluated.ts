// A module of the project's in Jest, transformed as its tests are.

/** Jest's own, of the file that asks. */
interface Loaders {
  require(name: string): unknown;
  import(name: string): Promise<unknown>;
}

/** What a module exports: of CommonJS, as most of Jest is, or else of ES modules. */
export async function evaluated(name: string, loaders: Loaders): Promise<unknown> {
  try {
    return loaders.require(name);
  } catch (error) {
    if (codeOf(error) !== "ERR_REQUIRE_ESM") throw error;
    return loaders.import(name).catch((other: unknown) => {
      // Where Jest cannot import either, what it has said before names the file, and what mends it.
      throw codeOf(other) === "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG" ? error : other;
    });
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null | undefined)?.code;
}
