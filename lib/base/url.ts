/** The URL that a text is, absolute or seen from `base`; undefined where it is none. `URL.canParse` is missing in older jsdom. */
export function urlFrom(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
