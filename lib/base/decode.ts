/**
 * The value of `data`, as `pusher-js` decodes it: JSON where it is JSON, else the text itself.
 * A new value at every call.
 */
export function decode(data: string | undefined): unknown {
  if (data === undefined) return undefined;
  // Not tried where no JSON can start: a thrown SyntaxError costs more than most parses.
  const first = data.charCodeAt(0);
  if (isLetter(first) && first !== LETTER_T && first !== LETTER_F && first !== LETTER_N) return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

/** `true`, `false` and `null` are the JSON that starts with a letter. */
const LETTER_T = 116;
const LETTER_F = 102;
const LETTER_N = 110;

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
