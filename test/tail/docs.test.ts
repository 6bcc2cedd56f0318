import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lokiTailParameters, nativeTailParameters } from '../../src/tail/fronts/parameters.ts'
import { LOKI_TAIL, NATIVE_TAIL } from './support/tail-client.ts'

const text = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

describe('the documents', () => {
  it('name the endpoints, their parameters and frames', () => {
    const api = text('docs/api.md')
    for (const path of [LOKI_TAIL, NATIVE_TAIL]) {
      expect(api).toContain(`## GET ${path}\n`)
      expect(text('README.md')).toContain(`| \`GET ${path}\` |`)
    }
    for (const made of [lokiTailParameters, nativeTailParameters])
      for (const name of Object.keys(made(1).shape)) expect(api).toContain(`\`${name}\``)
    for (const type of ['hello', 'lines', 'backfill', 'gap', 'drop', 'pod', 'source', 'heartbeat', 'end'])
      expect(api).toContain(`| \`${type}\` |`)
    for (const code of [1001, 1008, 1011, 1013]) expect(api).toContain(`| ${code} |`)
  })
})
