import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { startTestGateway } from '../support/gateway.ts'
import { type Scratch, scratch, startDemo } from './support/demo.ts'

/** Guarantees: what keeps the demo from showing anything is said in a sentence, without a stack, and exit code 1. */

let temporary: Scratch | undefined
afterEach(() => temporary?.remove())

async function listening(answer: string): Promise<{ server: Server; address: string }> {
  const server = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function failure(yaml: string): Promise<string> {
  temporary = await scratch()
  const { code, text } = await startDemo('--config', await temporary.config(yaml)).ended
  expect(code).toBe(1)
  expect(text).not.toMatch(/^ +at /m)
  return text
}

it('says that nothing arrives', async () => {
  const { server, address } = await listening('')
  server.close()
  const gateway = await startTestGateway()
  const api = new URL(gateway.urls.api).host
  const text = await failure(`listen: {grpc: "${address}", http: off, api: "${api}"}\n`)
  expect(text).toMatch(
    new RegExp(`Of \\d+ log records that the shop sent to ${address} the gateway received 0\\.`),
  )
  await gateway.stop()
})

it('says that something else answers', async () => {
  const { server, address } = await listening('{"hello":"world"}')
  const text = await failure(`listen: {api: "${address}"}\n`)
  expect(text).toContain(`Something other than Weir answers on http://${address}.`)
  server.close()
})

it('says what is wrong with the config', async () => {
  expect(await failure('proccessors: {}\n')).toContain('proccessors: unknown key')
})

it('asks for no credentials it does not have', async () => {
  const gateway = await startTestGateway(
    `credentials: [{name: x, tokenSha256: "${'0'.repeat(64)}", scopes: [read]}]\n`,
  )
  const { grpc, api } = gateway.urls
  const text = await failure(`listen: {grpc: "${grpc}", api: "${new URL(api).host}"}\n`)
  expect(text).toContain('asks for credentials')
  await gateway.stop()
})
