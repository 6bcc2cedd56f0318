import { describe, expect, it } from 'vitest'
import { sideBySide } from '../../../../src/query/prometheus/pushdown/side-by-side.ts'

/** Guarantees: no more at once than asked for, in order, and nothing runs any more when it is over, however it ends. */

const nobody = new AbortController().signal
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('told to end')), { once: true }),
  )

describe('side by side', () => {
  it.each([
    [1, 7],
    [3, 7],
    [9, 7],
    [2, 0],
  ])('does %i at once of %i, each once and in order', async (atOnce, count) => {
    const begun: number[] = []
    let running = 0
    let most = 0
    const whole = await sideBySide([...Array(count).keys()], atOnce, nobody, async (item) => {
      begun.push(item)
      most = Math.max(most, ++running)
      for (let i = 0; i <= item % 3; i++) await turn()
      running--
      return true
    })
    expect(whole).toBe(true)
    expect(begun).toEqual([...Array(count).keys()])
    expect(most).toBe(Math.min(atOnce, count))
  })

  it('ends the others where one answers false, and begins no more', async () => {
    const begun: number[] = []
    let ended = 0
    const whole = await sideBySide([0, 1, 2, 3], 2, nobody, async (item, signal) => {
      begun.push(item)
      if (item === 1) return false
      return aborted(signal).finally(() => ended++)
    })
    expect({ whole, begun, ended }).toEqual({ whole: false, begun: [0, 1], ended: 1 })
  })

  it('throws what failed first, not what failed because of it, when all have ended', async () => {
    let ended = 0
    const all = sideBySide(['slow', 'bad'], 2, nobody, async (item, signal) => {
      if (item === 'slow') return aborted(signal).finally(() => ended++)
      await turn()
      throw new Error('bad')
    })
    await expect(all).rejects.toThrow('bad')
    expect(ended).toBe(1)
  })

  it('ends with its request', async () => {
    const request = new AbortController()
    const all = sideBySide([0, 1, 2], 2, request.signal, (_, signal) => aborted(signal))
    request.abort()
    await expect(all).rejects.toThrow('told to end')
  })
})
