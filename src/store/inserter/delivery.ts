import { setTimeout as delay } from 'node:timers/promises'
import { type Attributes, errorType, type Span } from '../../telemetry/tracing.ts'
import type { Database, DatabaseError } from '../database.ts'
import type { SpoolBlock } from '../spool/commit-record.ts'
import type { Group, GroupJournal } from '../spool/groups.ts'
import type { Quarantine } from '../spool/quarantine.ts'
import type { Segments } from '../spool/segments.ts'
import type { StoreTraces } from '../store-traces.ts'
import { Backoff } from './backoff.ts'
import { attemptInsert, type InserterEvents, type TableOf } from './inserting.ts'
import { attemptsRunning, countRows } from './presence.ts'

export type DeliveryOptions = {
  readonly attemptTimeoutMs: number
  readonly retryMinMs: number
  readonly retryMaxMs: number
  /**
   * Replicated tables: the token is committed with the part, so it is the truth while it is remembered; a count
   * could ask a replica that lags. Undefined for plain MergeTree.
   */
  readonly replicatedWindowMs?: number
}

export type DeliveryParts = {
  readonly database: Database
  readonly segments: Segments
  readonly groups: GroupJournal
  readonly quarantine: Quarantine
  readonly tableOf: TableOf
  readonly events: InserterEvents
  readonly traces?: StoreTraces | undefined
  readonly options: DeliveryOptions
  readonly nowMs: () => number
  readonly signal: AbortSignal
}

const RUNNING_POLL_MS = 250

/**
 * Brings one group into ClickHouse exactly once. Resolves when every row of it is stored or in
 * quarantine; rejects only when the signal aborts, and then the group is as it was on the disk.
 *
 * `certain` means: no attempt that might have stored anything was made under this token. Only then is an answer
 * of 200 the end. Otherwise the token may have been logged by an attempt whose part was never renamed, so 200
 * proves nothing and the rows are counted.
 */
export async function deliver(parts: DeliveryParts, group: Group): Promise<void> {
  const span = parts.traces?.insert(group)
  try {
    await bringIn(parts, group, span)
  } catch (error) {
    span?.fail(errorType(error))
    throw error
  } finally {
    span?.end()
  }
}

async function bringIn(parts: DeliveryParts, group: Group, span: Span | undefined): Promise<void> {
  const { options, signal, groups, events } = parts
  if (group.lacksBlocks) return settleRest(parts, group)
  const table = parts.tableOf(group.table)
  const backoff = new Backoff({ minMs: options.retryMinMs, maxMs: options.retryMaxMs })
  let certain = group.fresh
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    const ids = {
      token: group.token,
      queryId: `${group.token}-${group.fresh ? 'a' : 'r'}${parts.nowMs()}-${attempt}`,
    }
    const result = await attemptInsert(
      { ...parts, table, timeoutMs: options.attemptTimeoutMs },
      group.blocks,
      ids,
    )
    span?.set({ 'weir.insert.attempts': attempt })
    if (result !== 'stored') span?.event('attempt failed', attributesOf(result))
    if (result === 'stored' && (certain || tokenIsTruth(parts, group))) return settle(parts, group)
    if (result === 'stored' || result.failure === 'refused') {
      const verdict = certain ? 'none' : await verify(parts, group)
      if (verdict === 'all') return settle(parts, group)
      if (verdict === 'some') return settleByBlock(parts, group)
      if (result !== 'stored' && verdict === 'none') return isolate(parts, group, result.message)
      if (verdict === 'none') {
        await persist(parts, () => groups.retoken(group))
        certain = true
        continue
      }
    } else certain = false
    await backoff.wait(signal)
    events.failed(`group ${group.id} of ${group.table} is tried again (attempt ${attempt + 1})`, undefined)
  }
}

function attributesOf({ failure, code }: DatabaseError): Attributes {
  return { 'error.type': failure, ...(code === 0 ? {} : { 'db.response.status_code': `${code}` }) }
}

function tokenIsTruth({ options, nowMs }: DeliveryParts, group: Group): boolean {
  return options.replicatedWindowMs !== undefined && nowMs() - group.formedMs < options.replicatedWindowMs
}

/** Waits until no attempt can still store rows, then counts. `unknown` if ClickHouse did not say. */
async function verify(parts: DeliveryParts, group: Group): Promise<'all' | 'none' | 'some' | 'unknown'> {
  const { database, events, signal, tableOf } = parts
  try {
    await untilNoneRuns(parts, group)
    const found = await countRows(database, tableOf(group.table), group.blocks, signal)
    const result = found === group.rows ? 'all' : found === 0 ? 'none' : 'some'
    events.presenceChecked(group.table, result)
    return result
  } catch (error) {
    signal.throwIfAborted()
    events.failed(`the rows of group ${group.id} of ${group.table} could not be counted`, error)
    return 'unknown'
  }
}

async function untilNoneRuns({ database, signal }: DeliveryParts, { token }: Group): Promise<void> {
  while (await attemptsRunning(database, token, signal)) await delay(RUNNING_POLL_MS, undefined, { signal })
}

async function settle({ groups, segments, events }: DeliveryParts, group: Group): Promise<void> {
  try {
    await groups.settle(group)
  } catch (error) {
    // Settled in memory; the journal writes it down with its next entry, and no segment goes before that.
    events.failed(`that group ${group.id} is settled could not be written down yet`, error)
  }
  for (const block of group.blocks) segments.settle(block)
  events.settled(group.blocks)
}

/** The operator went on without a damaged segment: its blocks are gone, those that were grouped with them are not. */
async function settleRest(parts: DeliveryParts, group: Group): Promise<void> {
  const reason = new Error(`group ${group.id} of ${group.table} lacks blocks: a segment of the spool is gone`)
  parts.events.failed('the blocks that are left of a group are looked at one by one', reason)
  await persist(parts, () => untilNoneRuns(parts, group))
  return settleByBlock(parts, group)
}

/** Part of a group's rows are there, which one insert into one partition should never leave: each block is looked at. */
async function settleByBlock(parts: DeliveryParts, group: Group): Promise<void> {
  const { database, tableOf, segments, events, groups, nowMs } = parts
  const table = tableOf(group.table)
  const missing: SpoolBlock[] = []
  const torn: SpoolBlock[] = []
  for (const block of group.blocks) {
    const found = await persist(parts, () => countRows(database, table, [block], parts.signal))
    if (found === 0) missing.push(block)
    else if (found !== block.rows) torn.push(block)
  }
  const columns = table.columns.map(({ name }) => name)
  for (const block of torn) {
    await persist(parts, () =>
      parts.quarantine.add(block, columns, 'only part of its rows are in ClickHouse'),
    )
    events.quarantined(block, 'only part of its rows are in ClickHouse')
  }
  const again = await persist(parts, () => groups.split(group, missing, nowMs()))
  const settled = group.blocks.filter((block) => !missing.includes(block))
  for (const block of settled) segments.settle(block)
  events.settled(settled)
  for (const part of again) await deliver(parts, part)
}

/** ClickHouse refuses the data: each block alone, so that only the bad one goes to quarantine. */
async function isolate(parts: DeliveryParts, group: Group, reason: string): Promise<void> {
  if (group.blocks.length > 1) {
    const blocks = await persist(parts, () => parts.groups.split(group, group.blocks, parts.nowMs()))
    for (const block of blocks) await deliver(parts, block)
    return
  }
  const block = group.blocks[0]!
  const columns = parts.tableOf(group.table).columns.map(({ name }) => name)
  await persist(parts, () => parts.quarantine.add(block, columns, reason))
  parts.events.quarantined(block, reason)
  await settle(parts, group)
}

/** Repeats a step that a full disk or an absent ClickHouse may refuse, until it is done. */
async function persist<T>({ options, signal, events }: DeliveryParts, step: () => Promise<T>): Promise<T> {
  const backoff = new Backoff({ minMs: options.retryMinMs, maxMs: options.retryMaxMs })
  for (;;) {
    try {
      return await step()
    } catch (error) {
      events.failed('a step of the inserter failed and is tried again', error)
      await backoff.wait(signal)
    }
  }
}
