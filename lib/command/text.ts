/** Text from elsewhere on a terminal: how wide it is, and what of it may not be there. */

// @ts-ignore -- An ES module, which the bundle of the command takes in.
import measured from "fast-string-truncated-width";

/**
 * What drives a terminal, reorders what stands beside it or cannot be seen: controls, bidirectional and zero-width characters,
 * fillers, surrogates that stand alone. Not the joiners and selectors that emoji are made of.
 */
const UNSEEN =
  /(?<!\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)\u200d|(?!\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** Accents upon accents, which run into the lines above and below. */
const PILES = /(\p{M}{4})\p{M}+/gu;

/** Text that can neither drive the terminal nor begin a line of its own. */
export function clean(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(UNSEEN, "\ufffd").replaceAll(PILES, "$1");
}

/** The same for a text of several lines, whose columns stay. */
export function cleanLines(text: string): string {
  return text
    .split("\n")
    .map((line) =>
      line
        .replaceAll(/[^\S ]/g, " ")
        .replaceAll(UNSEEN, "\ufffd")
        .replaceAll(PILES, "$1"),
    )
    .join("\n");
}

/** The same for JSON text, which means the same afterwards. */
export function cleanJson(json: string): string {
  return json.replaceAll(UNSEEN, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** How many columns text takes. */
export function widthOf(text: string): number {
  return measured(text).width;
}

/** As much of text as fits into this many columns. */
export function shortened(text: string, columns: number): string {
  const { index, ellipsed } = measured(text, { limit: columns, ellipsis: "…" });
  return ellipsed ? `${text.slice(0, index)}…` : text;
}
