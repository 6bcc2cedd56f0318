import { isDeepStrictEqual } from 'node:util'
import { type ConfigPath, formatPath, valueAt } from './path.ts'
import { Secret } from './secret.ts'

/** One value of a configuration that is another now. Texts are JSON; undefined: it was, or is, not there. */
export type ValueChange = { readonly path: string; readonly before?: string; readonly after?: string }

/** What one configuration changes of another. */
export type ConfigChanges = {
  readonly added: ReadonlyArray<string>
  readonly removed: ReadonlyArray<string>
  /** Processors that stay and do something else. */
  readonly changed: ReadonlyArray<{
    readonly processor: string
    readonly changes: ReadonlyArray<ValueChange>
  }>
  /** Processors that stay run in another order. */
  readonly reordered: boolean
  /** Values outside of `processors`, which a reload can't put in force. */
  readonly needsRestart: ReadonlyArray<string>
}

const TEXT_LENGTH_MAX = 300
const SECTION = 'processors'

/**
 * What `after` changes of `before`: two whole configurations, as checked or as described. Values of sections other than
 * `processors` are named, never told: they may be secrets.
 */
export function configChanges(before: object, after: object): ConfigChanges {
  const [old, now] = [processorsOf(before), processorsOf(after)]
  const stays = Object.keys(now).filter((name) => Object.hasOwn(old, name))
  const changed = stays.flatMap((processor) => {
    const changes = valueChanges(old[processor] ?? {}, now[processor] ?? {}, [])
    return changes.length === 0 ? [] : [{ processor, changes }]
  })
  return {
    added: Object.keys(now).filter((name) => !Object.hasOwn(old, name)),
    removed: Object.keys(old).filter((name) => !Object.hasOwn(now, name)),
    changed,
    reordered: !isDeepStrictEqual(
      stays,
      Object.keys(old).filter((name) => Object.hasOwn(now, name)),
    ),
    needsRestart: valueChanges(without(before), without(after), []).map(({ path }) => path),
  }
}

/** Nothing differs, not even what needs a restart. */
export function changesNothing(changes: ConfigChanges): boolean {
  const { added, changed, removed, reordered, needsRestart } = changes
  return !reordered && [added, removed, changed, needsRestart].every(({ length }) => length === 0)
}

function processorsOf(config: object): Readonly<Record<string, unknown>> {
  return (valueAt(config, [SECTION]) ?? {}) as Readonly<Record<string, unknown>>
}

function without(config: object): object {
  return Object.fromEntries(Object.entries(config).filter(([key]) => key !== SECTION))
}

/** The leaves that differ. Lists are compared as what they hold, since rules are told by what they say. */
export function valueChanges(before: unknown, after: unknown, path: ConfigPath): ValueChange[] {
  if (isSame(before, after)) return []
  if (isMap(before) && isMap(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...keys].flatMap((key) => valueChanges(before[key], after[key], [...path, key]))
  }
  const isListed = (value: unknown): boolean => value === undefined || Array.isArray(value)
  if (isListed(before) && isListed(after))
    return listChanges((before as unknown[]) ?? [], (after as unknown[]) ?? [], path)
  // A block that comes or goes is told by what it holds.
  if (isMap(after) && before === undefined) return valueChanges({}, after, path)
  if (isMap(before) && after === undefined) return valueChanges(before, {}, path)
  return [change(path, before, after)]
}

function listChanges(
  before: ReadonlyArray<unknown>,
  after: ReadonlyArray<unknown>,
  path: ConfigPath,
): ValueChange[] {
  const left = [...before]
  const added = after.flatMap((item, i) => {
    const at = left.findIndex((old) => isSame(old, item))
    if (at < 0) return [change([...path, i], undefined, item)]
    left.splice(at, 1)
    return []
  })
  // What is left is not in the other: looked for by identity, so that of equal items the last ones count as gone.
  const removed = left.map((item) => change([...path, before.lastIndexOf(item)], item, undefined))
  if (added.length + removed.length > 0) return [...removed, ...added]
  return [change(path, 'in another order', 'in another order')]
}

function change(path: ConfigPath, before: unknown, after: unknown): ValueChange {
  return {
    path: formatPath(path),
    ...(before === undefined ? {} : { before: textOf(before) }),
    ...(after === undefined ? {} : { after: textOf(after) }),
  }
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret)
}

/** Equal in what they say, whatever their prototypes: one may be read from YAML. */
function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Secret || b instanceof Secret)
    return a instanceof Secret && b instanceof Secret && a.reveal() === b.reveal()
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => isSame(item, b[i]))
  if (!isMap(a) || !isMap(b)) return Object.is(a, b)
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  )
}
