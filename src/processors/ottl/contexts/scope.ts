import { SCOPE } from '../../../otlp/slots.ts'
import { Level } from '../kinds.ts'
import type { Context, PathEntry } from './context.ts'
import { attributes, prefixed, text, unsigned32 } from './fields.ts'
import { RESOURCE_PATHS } from './resource.ts'

const OWN: ReadonlyMap<string, PathEntry> = new Map([
  ['attributes', attributes(Level.scope)],
  ['dropped_attributes_count', unsigned32(Level.scope, SCOPE.droppedAttributesCount)],
  ['name', text(Level.scope, SCOPE.nameStart)],
  ['schema_url', text(Level.scope, SCOPE.schemaUrlStart)],
  ['version', text(Level.scope, SCOPE.versionStart)],
])

/** `scope.` and `instrumentation_scope.` paths, for the contexts of what belongs to a scope. */
export const SCOPE_PATHS: ReadonlyMap<string, PathEntry> = new Map([
  ...prefixed('instrumentation_scope', OWN),
  ...prefixed('scope', OWN),
])

/** The collector's ottlscope context. */
export const scopeContext: Context = {
  name: 'scope',
  prefix: 'scope',
  own: OWN,
  shared: new Map([...SCOPE_PATHS, ...RESOURCE_PATHS]),
  enums: new Map(),
  unit: Level.record,
}
