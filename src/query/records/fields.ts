import { type Fragment, sql } from '../sql/fragment.ts'
import type { Source } from '../sql/source.ts'
import { type Attributes, restoreAttributes } from './attributes.ts'

/** Fields that the records of every signal have in common. */

/** Whose a row is and where it came from, as ClickHouse sends it: 64-bit numbers as text. */
export type OwnerColumns = {
  readonly fingerprint: string
  readonly retentionDays: number
  readonly service: string
  readonly app: string
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

export function ownerColumns(rows: Source): Readonly<Record<keyof OwnerColumns, Fragment>> {
  return {
    fingerprint: sql`toString(${rows.column('ResourceFingerprint')})`,
    retentionDays: rows.column('RetentionDays'),
    service: rows.column('ServiceName'),
    app: rows.column('AppId'),
    namespace: rows.column('Namespace'),
    pod: rows.column('Pod'),
    container: rows.column('Container'),
  }
}

/** Service and app, which are always there, and the places of Kubernetes where known. */
export function ownerOf({ service, app, namespace, pod, container }: OwnerColumns) {
  return { service, app, ...present({ namespace, pod, container }) }
}

export type Scope = Attributes & {
  readonly name: string
  readonly version: string
  readonly schemaUrl?: string
  readonly droppedAttributesCount?: number
}

export type ScopeColumns = {
  readonly scopeName: string
  readonly scopeVersion: string
  readonly scopeSchemaUrl: string
  readonly scopeKeys: ReadonlyArray<string>
  readonly scopeValues: ReadonlyArray<string>
  readonly scopeTypes: string
  readonly scopeDropped: number
}

/** The columns of a scope in a statement, by the names of {@link ScopeColumns}. */
export function scopeColumns(rows: Source): Readonly<Record<keyof ScopeColumns, Fragment>> {
  return {
    scopeName: rows.column('ScopeName'),
    scopeVersion: rows.column('ScopeVersion'),
    scopeSchemaUrl: rows.column('ScopeSchemaUrl'),
    // Arrays, because a JSON object would lose the order that the letters of the types follow.
    scopeKeys: sql`mapKeys(${rows.column('ScopeAttributes')})`,
    scopeValues: sql`mapValues(${rows.column('ScopeAttributes')})`,
    scopeTypes: rows.column('ScopeAttributeTypes'),
    scopeDropped: rows.column('ScopeDroppedAttributesCount'),
  }
}

/** The entries that say something: undefined, empty and zero are dropped. */
export function present<Fields extends Readonly<Record<string, string | number | undefined>>>(
  fields: Fields,
): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== '' && value !== 0),
  ) as Partial<Fields>
}

/** Empty where it is zeros, which stand for no id. */
export const idOf = (hex: string): string => (/^0*$/.test(hex) ? '' : hex)

/** The scope, where it says anything. */
export function scopeOf(row: ScopeColumns): { readonly scope?: Scope } {
  const { scopeName: name, scopeVersion: version, scopeSchemaUrl: schemaUrl, scopeDropped, scopeKeys } = row
  if (name === '' && version === '' && schemaUrl === '' && scopeDropped === 0 && scopeKeys.length === 0)
    return {}
  const rest = present({ schemaUrl, droppedAttributesCount: scopeDropped })
  return {
    scope: { name, version, ...restoreAttributes(scopeKeys, row.scopeValues, row.scopeTypes), ...rest },
  }
}
