import { RESOURCE } from '../../../otlp/slots.ts'
import { Level } from '../kinds.ts'
import type { Context, PathEntry } from './context.ts'
import { attributes, prefixed, text, unsigned32 } from './fields.ts'

const OWN: ReadonlyMap<string, PathEntry> = new Map([
  ['attributes', attributes(Level.resource)],
  ['dropped_attributes_count', unsigned32(Level.resource, RESOURCE.droppedAttributesCount)],
  ['schema_url', text(Level.resource, RESOURCE.schemaUrlStart)],
])

/** `resource.` paths, for the contexts of what belongs to a resource. */
export const RESOURCE_PATHS = prefixed('resource', OWN)

/** The collector's ottlresource context. */
export const resourceContext: Context = {
  name: 'resource',
  prefix: 'resource',
  own: OWN,
  shared: new Map(),
  enums: new Map(),
  unit: Level.record,
}
