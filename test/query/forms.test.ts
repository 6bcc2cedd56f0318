import { afterEach, describe, expect, it } from 'vitest'
import type { ErrorForm } from '../../src/query/http/error-form.ts'
import { json, type Route } from '../../src/query/route.ts'
import { startTestApi, type TestApi } from './support.ts'

let api: TestApi | undefined
afterEach(async () => {
  await api?.stop(0)
  api = undefined
})

const plainErrors: ErrorForm = (error, requestId) => ({
  contentType: 'text/plain',
  body: `${error.code} ${requestId}`,
})

const echoForm: Route = {
  path: '/plain/v1/{name}/values',
  methods: ['GET', 'POST'],
  access: 'tenant',
  errorForm: plainErrors,
  handle: async ({ form, path }) => json({ name: path.name, form: [...(await form())] }),
}
async function start(): Promise<TestApi> {
  api = await startTestApi({ routes: [echoForm] })
  return api
}
const PATH = '/plain/v1/a/values'

describe('forms', () => {
  it('the body comes before the URL; a GET has the URL alone', async () => {
    const { get, post } = await start()
    expect((await get(`${PATH}?x=1&y=%7B+%2B`)).text).toBe('{"name":"a","form":[["x","1"],["y","{ +"]]}\n')
    expect((await post(`${PATH}?x=1`, 'x=2&z=%C3%A4')).text).toBe(
      '{"name":"a","form":[["x","2"],["z","ä"],["x","1"]]}\n',
    )
    expect((await post(`${PATH}?x=1`, '')).text).toBe('{"name":"a","form":[["x","1"]]}\n')
    expect(
      (await post(PATH, 'x=1', { 'content-type': 'Application/X-WWW-form-urlencoded; charset=utf-8' })).text,
    ).toContain('["x","1"]')
  })

  it.each([
    ['JSON', { 'content-type': 'application/json' }, '{}', 400, 'bad_request'],
    ['encoded', { 'content-encoding': 'gzip' }, 'x', 400, 'bad_request'],
    ['too large', {}, 'x'.repeat(512 * 1024 + 1), 413, 'request_too_large'],
  ])('a body that is %s is refused', async (_name, headers, body, status, code) => {
    const { post, get } = await start()
    const answer = await post(PATH, body, headers)
    expect([answer.status, answer.text]).toEqual([status, `${code} ${answer.headers['x-request-id']}`])
    expect((await get(PATH)).status, 'its slot is free').toBe(200)
  })

  it('the largest form that may be', async () => {
    const { post } = await start()
    expect((await post(PATH, `x=${'y'.repeat(512 * 1024 - 2)}`)).status).toBe(200)
  })
})

describe('paths with names', () => {
  it.each([
    ['app', 'app'],
    ['k8s.pod%2Fname', 'k8s.pod/name'],
    ['%C3%A4', 'ä'],
    ['x'.repeat(1024), 'x'.repeat(1024)],
  ])('%s', async (written, name) => {
    const { get } = await start()
    expect(JSON.parse((await get(`/plain/v1/${written}/values`)).text).name).toBe(name)
  })

  it('405 names the methods there too', async () => {
    const { get } = await start()
    const answer = await get(PATH, {}, 'DELETE')
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST'])
  })
})

describe('the form of errors', () => {
  it.each([
    ['/plain/v1/nothing', {}, 404, 'not_found mine'],
    [PATH, { host: 'evil.example' }, 421, 'host_not_served mine'],
    [PATH, { origin: 'https://evil.example' }, 403, 'origin_not_allowed mine'],
    ['/plain', {}, 404, 'not_found mine'],
  ])('%s %j: the protocol’s own, whatever went wrong', async (path, headers, status, text) => {
    const { get } = await start()
    const answer = await get(path, { 'x-request-id': 'mine', ...headers })
    expect([answer.status, answer.text, answer.headers['x-request-id']]).toEqual([status, text, 'mine'])
  })

  it('elsewhere JSON', async () => {
    const { get } = await start()
    expect((await get('/plainer')).json.error.code).toBe('not_found')
  })
})
