/** The ClickHouse types that Weir's tables are made of, as they stand in DDL and in Native blocks. */
export const LC = 'LowCardinality(String)'
/** Of the columns that keep the kinds of attributes. */
export const LETTERS_COMMENT =
  'A letter per attribute, in order: - none, s string, b bool, i int, d double, a array, k kvlist, B bytes'
export const ATTRIBUTE_MAP = 'Map(LowCardinality(String), String)'
/** Every time names UTC: partitions are UTC days, whatever zone the server lives in. */
export const NANOSECONDS = "DateTime64(9, 'UTC')"
export const MILLISECONDS = "DateTime64(3, 'UTC')"

export const ZSTD = 'ZSTD(1)'
/** For text that is unlike its neighbours: smaller, at no cost that could be told from noise (docs/adr/0009-sort-key.md). */
export const ZSTD3 = 'ZSTD(3)'
/** For integers of few bits. */
export const T64_ZSTD = 'T64, ZSTD(1)'
export const DELTA_ZSTD = 'Delta(8), ZSTD(1)'

/**
 * An id column as people and tools write it: lower hex, empty where absent. Bloom filters are built on exactly this
 * expression, and ClickHouse uses them for exactly this expression: queries and views take it from here.
 */
export function idText(column: string): string {
  return `if(empty(${column}), '', lower(hex(${column})))`
}
