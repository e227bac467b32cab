import type { Fact } from './fact.ts';
import type { FactTable, FactValues } from './gather.ts';

/** A value, or why there is none. */
export type Maybe<Value> = { value: Value } | { error: string };

export type TolerantTable<Table extends FactTable> = {
  [Id in keyof Table]: Fact<Table[Id]['id'], Maybe<FactValues<Table>[Id]>>;
};

/** The same facts, but one that cannot be explained does not hide the others. */
export function tolerant<Table extends FactTable>(table: Table): TolerantTable<Table> {
  return Object.fromEntries(
    Object.entries(table).map(([key, fact]: [string, Fact<string, unknown>]) => [
      key,
      {
        ...fact,
        parse: (output): Maybe<unknown> => {
          try {
            return { value: fact.parse(output) };
          } catch (error) {
            return {
              error: `"${fact.id}" cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
            };
          }
        },
      } satisfies Fact<string, unknown>,
    ]),
  ) as TolerantTable<Table>;
}
