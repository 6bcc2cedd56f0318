import type { CompiledValue, Fill } from '../compiled.ts'
import type { Frame, Unit } from '../frame.ts'
import type { FunctionSpec } from '../functions/function.ts'
import { Kind, Level } from '../kinds.ts'

/** A path that a context knows. */
export type PathEntry = {
  readonly level: Level
  /** Undefined where it depends on the record. */
  readonly kind: Kind | undefined
  readonly fill: (frame: Frame) => Fill
  /** Fills with `path[key]...`; a path without it can't be indexed. May throw an Error that says what is wrong with the keys. */
  readonly index?: (frame: Frame, keys: ReadonlyArray<CompiledValue>) => Fill
}

/** What a condition can speak of: one table per kind of thing that conditions are about. */
export type Context = {
  readonly name: string
  /** The record's own paths, which may also be written with `prefix.` before them. */
  readonly prefix: string
  readonly own: ReadonlyMap<string, PathEntry>
  /** Paths of what the record belongs to, written in full. */
  readonly shared: ReadonlyMap<string, PathEntry>
  readonly enums: ReadonlyMap<string, bigint>
  /** What the rows are that its conditions are asked about. Of a resource, scope or metric: the records in it. */
  readonly unit: Unit
  /** Functions that only this context has. */
  readonly functions?: ReadonlyArray<FunctionSpec>
}

/** What statements of the collector put aside for later ones: before a condition nothing did, so it is an empty map. */
const CACHE: PathEntry = {
  level: Level.constant,
  kind: Kind.map,
  fill: () => (_record, cell) => {
    cell.setPlain(Kind.map, new Map())
    return true
  },
  index: () => (_record, cell) => {
    cell.setNil()
    return true
  },
}

/** Finds a dotted path in a context. */
export function findPath(context: Context, path: string): PathEntry | undefined {
  const prefixed = `${context.prefix}.`
  const own = path.startsWith(prefixed) ? path.slice(prefixed.length) : path
  return context.own.get(own) ?? context.shared.get(path) ?? (own === 'cache' ? CACHE : undefined)
}

/** All paths, to name the nearest. */
export function knownPaths(context: Context): string[] {
  return [...context.own.keys(), ...context.shared.keys()]
}
