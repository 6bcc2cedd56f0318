import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../../../src/store/database.ts'
import { numberOf, type RequestBook, type SentRecord, type SentRequest } from './sent-requests.ts'

/** What is wrong in the database, as the senders see it. Nothing is wrong if every list is empty and every count 0. */
export type Findings = {
  /** Acknowledged, to be kept, not there. */
  readonly lost: number[]
  readonly doubled: number[]
  /** Rows of records that a rule drops, that are too old, or that nobody sent. */
  readonly unwanted: number[]
  /** Another service, time or body than was sent. */
  readonly changed: number[]
  /** Requests without an answer that are there only in part. */
  readonly torn: number[]
  readonly seqsUsedTwice: number
  readonly rowsWithoutResource: number
  /** Sums of the ledger beside what the senders and the rows say; only where they differ. */
  readonly ledger: string[]
}

export const NOTHING_WRONG: Findings = {
  lost: [],
  doubled: [],
  unwanted: [],
  changed: [],
  torn: [],
  seqsUsedTwice: 0,
  rowsWithoutResource: 0,
  ledger: [],
}

type Row = { Body: string; ServiceName: string; time: string }

/** Compares all that one gateway (or all, without `gatewayId`) stored with what a book's senders know. */
export async function audit(
  database: Database,
  name: string,
  book: RequestBook,
  gatewayId?: string,
): Promise<Findings> {
  const where = gatewayId === undefined ? '1' : 'GatewayId = {gateway:String}'
  const parameters = { gateway: gatewayId ?? '' }
  const sent = book.requests.flatMap(({ records }) => records)
  const times = new Uint8Array(sent.length)
  const changed: number[] = []
  const unwanted: number[] = []
  const sql = `SELECT Body, ServiceName, toUnixTimestamp64Nano(Timestamp) AS time FROM logs WHERE ${where}`
  for await (const rows of database.stream<Row>(sql, parameters))
    for (const row of rows) {
      const number = numberOf(name, row.Body)
      const record = sent[number]
      if (record === undefined || !isKept(record)) unwanted.push(number)
      else if (!isSame(row, record)) changed.push(number)
      times[number]! += 1
    }
  const [places] = await database.rows<{ twice: string }>(
    `SELECT count() - uniqExact(GatewayId, Seq) AS twice FROM logs WHERE ${where}`,
    parameters,
  )
  const [resources] = await database.rows<{ orphans: string }>(
    `SELECT count() AS orphans FROM (SELECT * FROM logs WHERE ${where}) AS l LEFT ANTI JOIN resources AS r
     ON l.TenantId = r.TenantId AND l.ResourceFingerprint = r.ResourceFingerprint
     AND toDate(l.Timestamp) = r.Day AND l.ServiceName = r.ServiceName`,
    parameters,
  )
  const present = book.requests.filter((request) => request.answer !== undefined || isThere(request, times))
  return {
    lost: numbers(
      book.requests,
      (record, { answer }) => answer !== undefined && isKept(record) && times[record.number] === 0,
    ),
    doubled: numbers(book.requests, ({ number }) => times[number]! > 1),
    unwanted,
    changed,
    torn: numbers(
      present.filter(({ answer }) => answer === undefined),
      (record) => isKept(record) && times[record.number] === 0,
    ),
    seqsUsedTwice: Number(places!.twice),
    rowsWithoutResource: Number(resources!.orphans),
    ledger: await auditLedger(database, where, parameters, present),
  }
}

/** The ledger must count exactly the requests that were taken, each record once, under the reason that it met. */
async function auditLedger(
  database: Database,
  where: string,
  parameters: { gateway: string },
  present: ReadonlyArray<SentRequest>,
): Promise<string[]> {
  const expected = new Map<string, number>()
  const count = (key: string): unknown => expected.set(key, (expected.get(key) ?? 0) + 1)
  for (const { records } of present)
    for (const record of records) {
      count('received')
      count(
        isKept(record) ? 'stored' : record.fate === 'dropped' ? 'dropped filter/debug' : 'rejected too_old',
      )
    }
  const rows = await database.rows<{ what: string; records: string; twice: string }>(
    `SELECT trimRight(concat(Kind, ' ', Reason)) AS what, sum(Records) AS records,
     count() - uniqExact(GatewayId, Seq) AS twice FROM ledger WHERE ${where} GROUP BY what`,
    parameters,
  )
  const problems = rows.flatMap(({ what, records, twice }) => {
    const wanted = expected.get(what) ?? 0
    expected.delete(what)
    const differs = Number(records) !== wanted || twice !== '0'
    return differs ? [`${what}: ${records} instead of ${wanted}; ${twice} Seq used twice`] : []
  })
  return [...problems, ...[...expected.keys()].map((what) => `${what}: missing`)]
}

/** Files of segments and quarantine that are left; a drained spool has none. */
export async function leftInSpool(dataDir: string): Promise<string[]> {
  const left = await Promise.all(
    ['segments', 'quarantine'].map(async (folder) =>
      (await readdir(join(dataDir, 'spool', folder))).map((file) => `${folder}/${file}`),
    ),
  )
  return left.flat()
}

function isKept({ fate }: SentRecord): boolean {
  return fate === 'today' || fate === 'yesterday'
}

function isSame(row: Row, record: SentRecord): boolean {
  return (
    row.Body === record.body && row.ServiceName === record.service && BigInt(row.time) === record.timeUnixNano
  )
}

function isThere({ records }: SentRequest, times: Uint8Array): boolean {
  return records.some(({ number }) => times[number]! > 0)
}

function numbers(
  requests: ReadonlyArray<SentRequest>,
  matches: (record: SentRecord, request: SentRequest) => boolean,
): number[] {
  return requests.flatMap((request) =>
    request.records.filter((record) => matches(record, request)).map(({ number }) => number),
  )
}
