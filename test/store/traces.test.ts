import { expect, test } from 'vitest'
import type { Span } from '../../src/telemetry/tracing.ts'
import { type Recorded, recordingTracing } from '../telemetry/support/recorded.ts'
import { FaultyDatabase } from './support/faulty-database.ts'
import { type Fault, FaultyDisk } from './support/faulty-disk.ts'
import { database, directory, useRealStore } from './support/real-store.ts'
import { request, StoreHarness } from './support/store-harness.ts'

/** Spans of commits and inserts, under failures. What a receiver sees of them: test/e2e/own-traces.test.ts. */

useRealStore()

async function open(options: Partial<Parameters<typeof StoreHarness.open>[0]> = {}) {
  const { tracing, spans } = recordingTracing()
  const harness = await StoreHarness.open({ directory, database, tracing, ...options })
  const send = (prefix: string, isTraced: boolean) => {
    const span: Span | undefined = isTraced ? tracing.request({}, { name: prefix }) : undefined
    return harness.send(request(prefix, 5), Date.now(), 'logs', span)
  }
  const named = (name: string): Recorded[] => spans.filter((span) => span.name === name)
  return { harness, spans, named, send }
}

test('a commit links to its traced requests, and one without any has no span; nor has its insert', async () => {
  const { harness, named, spans, send } = await open({
    gatewayId: 'traced',
    // Long enough for three requests of a busy machine to join one commit.
    spool: { commitIntervalMs: 200 },
  })
  await Promise.all([send('both', true), send('both', false), send('both', true)])
  await send('alone', false)
  harness.store.start()
  await harness.stop()
  const [commit, ...others] = named('commit')
  expect(others).toEqual([])
  expect(commit).toMatchObject({ ends: 1, failed: undefined, attributes: { 'weir.commit.requests': 3 } })
  expect(commit!.links).toEqual(named('both').map(({ context }) => context))
  // Both commits are in one insert, which is traced for the first of them.
  expect(named('INSERT logs')).toHaveLength(1)
  expect(named('INSERT logs')[0]).toMatchObject({
    ends: 1,
    links: [commit!.context],
    attributes: { 'weir.insert.rows': 20, 'weir.insert.blocks': 2, 'weir.insert.attempts': 1 },
  })
  expect(spans.every(({ name, ends }) => ends === (name === 'both' ? 0 : 1))).toBe(true)
})

test('many traced requests: the links are bounded', async () => {
  const { harness, named, send } = await open()
  await Promise.all(Array.from({ length: 100 }, () => send('many', true)))
  await harness.stopNow()
  const commits = named('commit')
  expect(commits.reduce((sum, { attributes }) => sum + Number(attributes['weir.commit.requests']), 0)).toBe(
    100,
  )
  for (const { links } of commits) expect(links.length).toBeLessThanOrEqual(32)
})

test.each<[fault: Fault, type: string]>([
  [{ path: 'segments', operation: 'write', code: 'EIO' }, 'commit_failed'],
  [{ path: 'segments', operation: 'write', code: 'ENOSPC' }, 'disk_full'],
])('a commit that the disk does not take fails its span: %j', async (fault, type) => {
  const disk = new FaultyDisk()
  const { harness, named, send } = await open({ disk })
  await send('before', true)
  disk.faults.push(fault)
  await expect(send('hit', true)).rejects.toThrow()
  await send('after', true)
  await harness.stopNow()
  expect(named('commit').map(({ failed, ends }) => [failed, ends])).toEqual([
    [undefined, 1],
    [type, 1],
    [undefined, 1],
  ])
})

test('failed attempts are events of an insert that comes through', async () => {
  const faulty = new FaultyDatabase(database, 'logs')
  faulty.faults.push('busy', 'busy')
  const { harness, named, send } = await open({ database: faulty })
  harness.store.start()
  await send('busy', true)
  await harness.stop()
  const [insert] = named('INSERT logs')
  expect(insert).toMatchObject({ ends: 1, failed: undefined, attributes: { 'weir.insert.attempts': 3 } })
  const attributes = { 'error.type': 'busy', 'db.response.status_code': '252' }
  expect(insert!.events).toEqual(Array(2).fill({ name: 'attempt failed', attributes }))
})

test('an insert that a stop gives up fails its span', async () => {
  const faulty = new FaultyDatabase(database, 'logs')
  const attempted = Promise.withResolvers<void>()
  faulty.decide = () => {
    attempted.resolve()
    return 'busy'
  }
  const { harness, named, send } = await open({ database: faulty })
  harness.store.start()
  await send('given up', true)
  await attempted.promise
  await harness.stopNow()
  expect(named('INSERT logs')).toMatchObject([{ ends: 1, failed: 'AbortError' }])
})
