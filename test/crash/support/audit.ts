import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Signal } from '../../../src/otlp/batch.ts'
import type { Database } from '../../../src/store/database.ts'
import { numberOf, type RequestBook, type SentRecord, type SentRequest } from './sent-requests.ts'
import { SIGNAL_FORMS, SIGNALS } from './signals/index.ts'
import type { SignalForm } from './signals/signal-form.ts'

/** What is wrong in the database, as the senders see it. Nothing is wrong if every list is empty and every count 0. */
export type Findings = {
  /** Acknowledged, to be kept, not there. */
  readonly lost: number[]
  readonly doubled: number[]
  /** Rows of records that a rule drops, that are too old, or that nobody sent. */
  readonly unwanted: number[]
  /** Another service, time, table or text than was sent. */
  readonly changed: number[]
  /** Requests without an answer that are there only in part. */
  readonly torn: number[]
  /** There with more or fewer rows of its own (exemplars) than it was sent with. */
  readonly incomplete: number[]
  readonly seqsUsedTwice: number
  readonly rowsWithoutResource: number
  /** Rows without their series, or outside of the times of their trace. */
  readonly rowsWithoutTheirOwn: number
  /** Sums of the ledger beside what the senders and the rows say; only where they differ. */
  readonly ledger: string[]
}

export const NOTHING_WRONG: Findings = {
  lost: [],
  doubled: [],
  unwanted: [],
  changed: [],
  torn: [],
  incomplete: [],
  seqsUsedTwice: 0,
  rowsWithoutResource: 0,
  rowsWithoutTheirOwn: 0,
  ledger: [],
}

type Row = { label: string; ServiceName: string; time: string }

/** Rows of one gateway, or of all. */
type Scope = { readonly database: Database; readonly where: string; readonly parameters: { gateway: string } }

/** Compares all that one gateway (or all, without `gatewayId`) stored with what a book's senders know. */
export async function audit(
  database: Database,
  name: string,
  book: RequestBook,
  gatewayId?: string,
): Promise<Findings> {
  const where = gatewayId === undefined ? '1' : 'GatewayId = {gateway:String}'
  const scope = { database, where, parameters: { gateway: gatewayId ?? '' } }
  const sent = sentBy(book)
  const found: Found = {
    times: new Uint8Array(sent.length),
    own: new Uint8Array(sent.length),
    changed: [],
    unwanted: [],
  }
  let rowsWithoutResource = 0
  let rowsWithoutTheirOwn = 0
  for (const signal of SIGNALS) {
    const form = SIGNAL_FORMS[signal]
    await findRows(scope, name, { signal, form }, sent, found)
    rowsWithoutResource += await countOrphans(scope, form)
    if (form.missing !== undefined)
      rowsWithoutTheirOwn += await countOf(scope, form.missing(where), 'missing')
  }
  const { times, own, changed, unwanted } = found
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
    incomplete: numbers(book.requests, (record, { signal }) => {
      const wanted = SIGNAL_FORMS[signal].own?.count(record) ?? 0
      return own[record.number] !== (times[record.number] === 0 ? 0 : wanted)
    }),
    seqsUsedTwice: await countSeqsUsedTwice(scope),
    rowsWithoutResource,
    rowsWithoutTheirOwn,
    ledger: await auditLedger(scope, present),
  }
}

type Sent = SentRecord & { readonly signal: Signal }

/** By number. */
function sentBy(book: RequestBook): Sent[] {
  return book.requests.flatMap(({ signal, records }) => records.map((record) => ({ ...record, signal })))
}

/** By number: how many rows a record has, and how many of its own; then the numbers of rows that are wrong. */
type Found = {
  readonly times: Uint8Array
  readonly own: Uint8Array
  readonly changed: number[]
  readonly unwanted: number[]
}

async function findRows(
  { database, where, parameters }: Scope,
  name: string,
  { signal, form }: { signal: Signal; form: SignalForm },
  sent: ReadonlyArray<Sent>,
  { times, own, changed, unwanted }: Found,
): Promise<void> {
  for await (const rows of database.stream<Row>(form.rows(where), parameters))
    for (const row of rows) {
      const number = numberOf(name, row.label)
      const record = sent[number]
      if (record === undefined || record.signal !== signal || !isKept(record)) unwanted.push(number)
      else if (!isSame(row, form.label(record), record)) changed.push(number)
      times[number]! += 1
    }
  if (form.own === undefined) return
  for await (const rows of database.stream<Row>(form.own.rows(where), parameters))
    for (const { label } of rows) own[numberOf(name, label)]! += 1
}

async function countOrphans(scope: Scope, { tables }: SignalForm): Promise<number> {
  let orphans = 0
  for (const [table, time] of tables)
    orphans += await countOf(
      scope,
      `SELECT count() AS orphans FROM (SELECT * FROM ${table} WHERE ${scope.where}) AS l LEFT ANTI JOIN resources AS r
       ON l.TenantId = r.TenantId AND l.ResourceFingerprint = r.ResourceFingerprint AND toDate(l.${time}) = r.Day`,
      'orphans',
    )
  return orphans
}

/** A gateway gives each Seq to one row, whatever the table. */
function countSeqsUsedTwice(scope: Scope): Promise<number> {
  const tables = SIGNALS.flatMap((signal) => SIGNAL_FORMS[signal].tables)
  const all = tables.map(([table]) => `SELECT GatewayId, Seq FROM ${table} WHERE ${scope.where}`)
  return countOf(
    scope,
    `SELECT count() - uniqExact(GatewayId, Seq) AS twice FROM (${all.join(' UNION ALL ')})`,
    'twice',
  )
}

async function countOf({ database, parameters }: Scope, sql: string, name: string): Promise<number> {
  const [row] = await database.rows<Record<string, string>>(sql, parameters)
  return Number(row![name])
}

/** The ledger must count exactly the requests that were taken, each record once, under the reason that it met. */
async function auditLedger(
  { database, where, parameters }: Scope,
  present: ReadonlyArray<SentRequest>,
): Promise<string[]> {
  const expected = new Map<string, number>()
  const count = (key: string): unknown => expected.set(key, (expected.get(key) ?? 0) + 1)
  for (const { signal, records } of present)
    for (const record of records) {
      count(`${signal} received`)
      const dropped = record.fate === 'dropped' ? 'dropped filter/debug' : 'rejected too_old'
      count(`${signal} ${isKept(record) ? 'stored' : dropped}`)
    }
  const rows = await database.rows<{ what: string; records: string; twice: string }>(
    `SELECT trimRight(concat(Signal, ' ', Kind, ' ', Reason)) AS what, sum(Records) AS records,
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

function isSame(row: Row, label: string, { service, timeUnixNano }: SentRecord): boolean {
  return row.label === label && row.ServiceName === service && BigInt(row.time) === timeUnixNano
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
