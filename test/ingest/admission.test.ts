import { describe, expect, it } from 'vitest'
import { Admission } from '../../src/ingest/admission.ts'
import { PressureGuard } from '../../src/ingest/pressure.ts'

/** Guarantees: what is in flight never passes the limits, and what was released can be taken again, once. */

function admission(overrides: Partial<ConstructorParameters<typeof Admission>[0]> = {}) {
  return new Admission({
    inFlightRequestsMax: 2,
    inFlightBytesMax: 1000,
    random: () => 0.5,
    ...overrides,
  })
}

describe('admission', () => {
  it('refuses the request over the limit, and takes it once another is done', () => {
    const door = admission()
    const first = door.admit()
    door.admit()
    expect(() => door.admit()).toThrow(
      expect.objectContaining({
        kind: 'overloaded',
        message: expect.stringContaining('ingest.inFlightRequestsMax'),
      }),
    )
    first.release()
    first.release()
    door.admit()
    expect(door.requestsInFlight).toBe(2)
    expect(() => door.admit()).toThrow('in flight')
  })

  it('refuses the bytes over the limit, counting what each ticket holds', () => {
    const door = admission()
    const [first, second] = [door.admit(), door.admit()]
    first.resize(600)
    second.resize(400)
    expect(() => second.resize(401)).toThrow(
      expect.objectContaining({
        kind: 'overloaded',
        message: expect.stringContaining('ingest.inFlightBytesMax'),
      }),
    )
    expect(door.bytesInFlight).toBe(1000)
    first.resize(100)
    second.resize(900)
    second.release()
    second.resize(5000)
    expect(door.bytesInFlight).toBe(100)
    first.release()
    expect([door.bytesInFlight, door.requestsInFlight]).toEqual([0, 0])
  })

  it('takes a request that is alone, however large: it could never be taken later either', () => {
    const door = admission()
    const only = door.admit()
    only.resize(5000)
    const other = door.admit()
    expect(() => other.resize(1)).toThrow('in flight')
    other.resize(0)
    only.resize(10)
    other.resize(990)
  })

  it.each([
    [0, 1000],
    [0.5, 3000],
    [1, 5000],
  ])('spreads the next attempts (random %d: after %d ms)', (random, retryAfterMs) => {
    const door = admission({ random: () => random, inFlightRequestsMax: 0 })
    expect(() => door.admit()).toThrow(expect.objectContaining({ retryAfterMs }))
  })

  it('refuses under pressure, and takes no place for it', () => {
    let sentence: string | undefined = 'short of memory'
    const door = admission({ pressure: () => sentence })
    expect(() => door.admit()).toThrow(expect.objectContaining({ kind: 'overloaded', message: sentence }))
    expect(door.requestsInFlight).toBe(0)
    sentence = undefined
    door.admit()
  })
})

describe('the pressure guard', () => {
  it.each([
    ['nothing', { lateMs: 100, rssBytes: 1000 }, undefined],
    ['a late event loop', { lateMs: 101, rssBytes: 1000 }, 'the gateway is short of CPU; send again later'],
    ['memory', { lateMs: 0, rssBytes: 1001 }, 'the gateway is short of memory; send again later'],
  ])('speaks up for %s, until it is over', (_name, { lateMs, rssBytes }, sentence) => {
    let [now, rss] = [0, 0]
    const guard = new PressureGuard({
      rssBytesMax: 1000,
      loopDelayMsMax: 100,
      nowMs: () => now,
      rssBytes: () => rss,
      sampleIntervalMs: 250,
    })
    guard.start()
    expect(guard.sentence()).toBeUndefined()
    now += 250 + lateMs
    rss = rssBytes
    guard.sample()
    expect(guard.sentence()).toBe(sentence)
    now += 250
    rss = 0
    guard.sample()
    expect(guard.sentence()).toBeUndefined()
    guard.stop()
  })
})
