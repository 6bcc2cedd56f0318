import { createHash } from 'node:crypto'
import type { SchemaTarget } from '../tables/ddl.ts'

/**
 * One numbered step of the schema, forward only. ClickHouse has no transactions for DDL, so a step that was cut
 * short is run again from its start: every statement is idempotent (IF NOT EXISTS, CREATE OR REPLACE). Once
 * released, a step never changes: what it renders is checksummed, and a database that ran another text under
 * the same number is refused.
 */
export type Migration = {
  readonly version: number
  readonly name: string
  /**
   * For steps that are not additive: blocks written for the older schema would no longer be taken, so the spool has to
   * be empty first.
   */
  readonly requiresDrainedSpool?: boolean
  statements(target: SchemaTarget): ReadonlyArray<string>
}

/** What checksums are made of: the same step is one step, whatever server and cluster it is rendered for. */
const CANONICAL: SchemaTarget = { database: 'weir', textIndex: 'text' }

/** SHA-256 of the step's statements, lower hex. */
export function checksum(migration: Migration): string {
  const hash = createHash('sha256')
  for (const statement of migration.statements(CANONICAL)) hash.update(statement).update(';\n')
  return hash.digest('hex')
}
