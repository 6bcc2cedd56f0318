import { type Database, DatabaseError } from '../../store/database.ts'
import { errorType, type Span } from '../../telemetry/tracing.ts'

/** Statements of the API as children of their request's span, by the conventions for database clients. */

/** All that the reader may do. */
const OPERATION = 'SELECT'

function startQuery(parent: Span, database: Database, queryId: string): Span {
  return parent.child({
    name: `${OPERATION} ${database.name}`,
    kind: 'client',
    attributes: {
      'db.system.name': 'clickhouse',
      'db.namespace': database.name,
      'db.operation.name': OPERATION,
      // Not the statement: system.query_log has it under this id.
      'weir.query.id': queryId,
    },
  })
}

function failQuery(span: Span, error: unknown): void {
  if (error instanceof DatabaseError) {
    span.fail(error.failure)
    if (error.code !== 0) span.set({ 'db.response.status_code': `${error.code}` })
  } else span.fail(errorType(error))
}

/** Rows as they come, under a child of `parent` that ends with them. */
export async function* traceRows<Row>(
  parent: Span,
  database: Database,
  queryId: string,
  rows: AsyncIterable<Row[]>,
): AsyncGenerator<Row[]> {
  const span = startQuery(parent, database, queryId)
  let returned = 0
  try {
    for await (const chunk of rows) {
      returned += chunk.length
      yield chunk
    }
  } catch (error) {
    failQuery(span, error)
    throw error
  } finally {
    span.set({ 'db.response.returned_rows': returned })
    span.end()
  }
}

/** The same for rows that are read whole. */
export async function traceResult<Row>(
  parent: Span,
  database: Database,
  queryId: string,
  rows: Promise<Row[]>,
): Promise<Row[]> {
  const span = startQuery(parent, database, queryId)
  try {
    const result = await rows
    span.set({ 'db.response.returned_rows': result.length })
    return result
  } catch (error) {
    failQuery(span, error)
    throw error
  } finally {
    span.end()
  }
}
