import type { Run } from '../../sql/queries.ts'
import type { QueryStats, StagePlan } from './types.ts'

/** Counts what one query costs. */
export class Meter {
  rowsRead = 0
  bytesRead = 0
  statements = 0
  streams = 0
  linesReturned = 0
  lineBytesReturned = 0
  entriesReturned = 0
  readonly plan: StagePlan[] = []
  readonly #began = performance.now()

  /** The run of one more statement. */
  statement(run: Run): Run {
    this.statements++
    let rows = 0
    let bytes = 0
    return {
      ...run,
      onRead: (allRows, allBytes) => {
        this.rowsRead += allRows - rows
        this.bytesRead += allBytes - bytes
        rows = allRows
        bytes = allBytes
      },
    }
  }

  stats(): QueryStats {
    const { rowsRead, bytesRead, statements, streams, linesReturned, lineBytesReturned, entriesReturned } =
      this
    return {
      rowsRead,
      bytesRead,
      statements,
      streams,
      linesReturned,
      lineBytesReturned,
      entriesReturned,
      execTimeMs: performance.now() - this.#began,
      plan: [...this.plan],
    }
  }
}
