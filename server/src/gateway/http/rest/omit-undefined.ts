/** A value without its fields that are undefined: a field that is left out and one without a value are the same on the wire. */
export type Defined<T> = { [name in keyof T]: Exclude<T[name], undefined> };

export function omitUndefined<T extends object>(fields: T): Defined<T> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return kept as Defined<T>;
}
