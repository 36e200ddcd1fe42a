/** What values have in common, as a type of TypeScript that Prettier leaves as it is. */

type Primitive = "string" | "number" | "boolean" | "null";
const ORDER: readonly Primitive[] = ["string", "number", "boolean", "null"];

/** A key that is an id rather than a name: the object is a table. */
const ID = /^\d+$|^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** Columns of a line. */
const WIDTH = 80;

/** Letters of a declared name; with more, Prettier would break a table of one that may be null. */
export const LONGEST_NAME = 16;
/** Columns that a declaration takes besides its type. */
const DECLARATION = "export type  = ;".length + LONGEST_NAME + 1;

/** Declares a type, one of these, and answers what it is called. */
export type Declare = (path: readonly string[], parts: readonly string[]) => string;

/** Where a type is written. */
interface Place {
  indent: string;
  /** Columns that are taken on its line, what follows it included. */
  taken: number;
  /** What it is of. */
  path: readonly string[];
  declare: Declare;
}

export class Shape {
  readonly #primitives = new Set<Primitive>();
  #objects = 0;
  readonly #fields = new Map<string, { shape: Shape; count: number }>();
  #items: Shape | undefined;

  add(value: unknown): void {
    if (value === null) this.#primitives.add("null");
    else if (Array.isArray(value)) {
      this.#items ??= new Shape();
      for (const item of value) this.#items.add(item);
    } else if (typeof value === "object") {
      this.#objects += 1;
      for (const [name, own] of Object.entries(value)) this.#see(name, 1).add(own);
    } else this.#primitives.add(typeof value as Primitive);
  }

  /** A field `name: type;` of an object. */
  field(name: string, isOptional: boolean, place: Omit<Place, "taken">): string {
    const before = `${place.indent}${key(name)}${isOptional ? "?" : ""}: `;
    return `${before}${this.#written({ ...place, taken: before.length + 1 })};`;
  }

  /**
   * How Prettier lays out unions and generics depends on their width. So an object that is one of several possibilities is declared
   * by itself, and so is what does not fit on its line.
   */
  #written(place: Place): string {
    const parts = this.#parts(place);
    const type = parts.join(" | ") || "unknown";
    const canBreak = parts.length > 1 || type.startsWith("Record<");
    if (!canBreak || type.includes("\n") || place.taken + type.length <= WIDTH) return type;
    return place.declare(place.path, parts);
  }

  /** What it may be, each by itself. */
  #parts({ indent, taken, path, declare }: Place): string[] {
    const primitives = ORDER.filter((name) => this.#primitives.has(name));
    const isAlone = primitives.length === 0 && (this.#objects === 0 || this.#items === undefined);
    const object = (): string => {
      const own = this.#object(isAlone ? indent : "", path, declare);
      return isAlone || !own.includes("\n") ? own : declare(path, [own]);
    };
    const list = (items: Shape): string => {
      const itemPath = [...path, "item"];
      const parts = items.#parts({ indent: isAlone ? indent : "", taken: taken + 4, path: itemPath, declare });
      const item = parts.join(" | ") || "unknown";
      if (parts.length < 2) return `${isAlone || !item.includes("\n") ? item : declare(itemPath, [item])}[]`;
      return taken + item.length + 4 <= WIDTH ? `(${item})[]` : `${declare(itemPath, parts)}[]`;
    };
    return [
      ...(this.#objects > 0 ? [object()] : []),
      ...(this.#items === undefined ? [] : [list(this.#items)]),
      ...primitives,
    ];
  }

  #object(indent: string, path: readonly string[], declare: Declare): string {
    const fields = [...this.#fields];
    if (fields.length === 0) return "Record<string, never>";
    const inner = `${indent}  `;
    if (fields.every(([name]) => ID.test(name))) {
      const all = new Shape();
      for (const [, { shape }] of fields) all.#merge(shape);
      const entryPath = [...path, "entry"];
      const parts = all.#parts({ indent: "", taken: DECLARATION, path: entryPath, declare });
      const type = parts.join(" | ") || "unknown";
      const isShort = !type.includes("\n") && type.length <= LONGEST_NAME;
      return `Record<string, ${isShort ? type : declare(entryPath, parts)}>`;
    }
    const lines = fields.map(([name, { shape, count }]) =>
      shape.field(name, count < this.#objects, { indent: inner, path: [...path, name], declare }),
    );
    return `{\n${lines.join("\n")}\n${indent}}`;
  }

  #see(name: string, times: number): Shape {
    const field = this.#fields.get(name) ?? { shape: new Shape(), count: 0 };
    this.#fields.set(name, field);
    field.count += times;
    return field.shape;
  }

  #merge(other: Shape): void {
    for (const primitive of other.#primitives) this.#primitives.add(primitive);
    this.#objects += other.#objects;
    for (const [name, { shape, count }] of other.#fields) this.#see(name, count).#merge(shape);
    if (other.#items !== undefined) (this.#items ??= new Shape()).#merge(other.#items);
  }
}

/** The declaration of a type. */
export function declared(name: string, parts: readonly string[]): string {
  const all = parts.join(" | ");
  const line = `export type ${name} = ${all};`;
  if (parts.length === 1 || line.length <= WIDTH) return line;
  if (all.length + 3 <= WIDTH) return `export type ${name} =\n  ${all};`;
  return `export type ${name} =\n${parts.map((part) => `  | ${part}`).join("\n")};`;
}

/** A name as the key of a type. */
export function key(name: string): string {
  return /^[$_\p{ID_Start}][$\p{ID_Continue}]*$/u.test(name) ? name : quoted(name);
}

/** Text as Prettier quotes it. */
function quoted(text: string): string {
  const json = JSON.stringify(text).replaceAll(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`);
  const count = (quote: string): number => text.split(quote).length;
  if (count('"') <= count("'")) return json;
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
