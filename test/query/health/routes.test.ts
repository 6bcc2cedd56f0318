import { afterEach, describe, expect, it } from 'vitest'
import { startTestApi, type TestApi, type TestApiOptions } from '../support.ts'

let api: TestApi | undefined
async function start(options: TestApiOptions): Promise<TestApi> {
  api = await startTestApi(options)
  return api
}
afterEach(async () => {
  await api?.stop(0)
  api = undefined
})

describe('health endpoints', () => {
  it.each([
    ['/healthz', 200],
    ['/readyz', 503],
    ['/readyz?all', 503],
    ['/readyz?al', 400],
    ['/readyz?all=perhaps', 400],
  ])('%s: %i', async (path, status) => {
    const { get } = await start({})
    expect((await get(path)).status).toBe(status)
    if (status !== 400) expect((await get(path, {}, 'HEAD')).status).toBe(status)
  })

  it('/metrics is the registry as it is', async () => {
    const { get } = await start({})
    const answer = await get('/metrics')
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([
      200,
      'weir_up 1\n',
      'text/plain; version=0.0.4; charset=utf-8',
    ])
  })
})
