/** How many of what. */
export function many(count: number, what: string): string {
  const plural = what.replace(/(?<![aeou])y$/, "ie");
  return `${count.toLocaleString("en")} ${count === 1 ? what : `${plural}s`}`;
}
