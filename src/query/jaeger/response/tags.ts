import { type AttributeType, type AttributeValue, restoreAttributes } from '../../records/attributes.ts'

/** A key with a typed value, of a span, a log or a process. */
export type Tag = {
  readonly key: string
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary'
  readonly value: string | number | boolean
}

/** What Jaeger has no type for is JSON text. */
const TYPES: Readonly<Record<AttributeType, Tag['type']>> = {
  empty: 'string',
  string: 'string',
  bool: 'bool',
  int: 'int64',
  double: 'float64',
  array: 'string',
  kvlist: 'string',
  bytes: 'binary',
}

function tagOf(key: string, value: AttributeValue, type: AttributeType): Tag {
  return { key, type: TYPES[type], value: value ?? '' }
}

/** Attributes as tags. An int beyond 2^53 is its digits as text, as Jaeger writes it. */
export function tagsOf(keys: ReadonlyArray<string>, values: ReadonlyArray<string>, letters: string): Tag[] {
  const { attributes, attributeTypes = {} } = restoreAttributes(keys, values, letters)
  return Object.entries(attributes).map(([key, value]) => tagOf(key, value, attributeTypes[key] ?? 'string'))
}

export const stringTag = (key: string, value: string): Tag => ({ key, type: 'string', value })

/** Those of `more` that say something, and whose key is none of `tags`. */
export function withTags(tags: ReadonlyArray<Tag>, more: ReadonlyArray<Tag>): Tag[] {
  const keys = new Set(tags.map(({ key }) => key))
  return [...tags, ...more.filter(({ key, value }) => value !== '' && value !== 0 && !keys.has(key))]
}
