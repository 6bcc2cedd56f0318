import { type Resource, stringAttributes } from '../../../otlp/proto.ts'
import type { SentRecord } from '../sent-requests.ts'

/** How a signal's records are sent, and how its rows are read back. `where` chooses the rows of a gateway. */
export type SignalForm = {
  readonly encode: (records: ReadonlyArray<SentRecord>) => Buffer
  /** What a row of the record must say, beginning with `<book> <number>`. */
  readonly label: (record: SentRecord) => string
  /** Every row of a record: label, ServiceName and the time in nanoseconds. */
  readonly rows: (where: string) => string
  /** The tables of rows that are delivered once, and the column of their time. */
  readonly tables: ReadonlyArray<readonly [table: string, time: string]>
  /** Counts, as `missing`, rows that lack what must stand beside them (besides their resource). */
  readonly missing?: (where: string) => string
  /** Rows that belong to a record: how many it has, and the numbers of the records that have some in the database. */
  readonly own?: {
    readonly count: (record: SentRecord) => number
    readonly rows: (where: string) => string
  }
}

/** One group per service, as the messages of every signal have them. */
export function byService<Group>(
  records: ReadonlyArray<SentRecord>,
  group: (resource: Resource, members: SentRecord[]) => Group,
): Group[] {
  return [...Map.groupBy(records, ({ service }) => service)].map(([service, members]) =>
    group({ attributes: stringAttributes({ 'service.name': service }) }, members),
  )
}
