import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { expect, test } from 'vitest'
import { encodeLogsRequest } from '../otlp/proto.ts'
import { startTestGateway } from '../support/gateway.ts'

/** Guarantees: `ingest.tls` reaches the listeners. Does not prove: both transports (test/ingest/tls.test.ts). */

const pem = (name: string): string =>
  readFileSync(new URL(`../ingest/fixtures/${name}`, import.meta.url), 'utf8')
const block = (text: string): string => text.trimEnd().replace(/^/gm, '      ')

test('with ingest.tls.clientCa only senders with a certificate are heard', async () => {
  const { urls, stop } = await startTestGateway(`
ingest:
  tls:
    cert: |
${block(pem('server.pem'))}
    key: |
${block(pem('server.key'))}
    clientCa: |
${block(pem('ca.pem'))}
`)
  const send = (certificate: object): Promise<number> =>
    new Promise((resolve, reject) => {
      const options = {
        method: 'POST',
        ca: pem('ca.pem'),
        agent: false,
        headers: { 'content-type': 'application/x-protobuf' },
      }
      const outgoing = request(
        `${urls.http.replace('http:', 'https:')}/v1/logs`,
        { ...options, ...certificate },
        (response) => {
          response.resume()
          resolve(response.statusCode!)
        },
      )
      outgoing.on('error', reject)
      outgoing.end(
        encodeLogsRequest({
          resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'hi' } }] }] }],
        }),
      )
    })
  expect(await send({ cert: pem('client.pem'), key: pem('client.key') })).toBe(200)
  await expect(send({})).rejects.toThrow()
  await stop()
})
