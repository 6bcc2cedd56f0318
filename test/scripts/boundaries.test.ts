import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { boundaryFindings } from '../../scripts/boundaries.ts'
import { sourceFiles } from '../../scripts/source-files.ts'

const found = (path: string, text: string): string[] =>
  boundaryFindings([{ path, text }]).map(({ line, message }) => `${line}: ${message}`)

describe('a planted import', () => {
  it.each<[path: string, text: string, finding: string]>([
    [
      'src/otlp/a.ts',
      "import { b } from '../store/b.ts'",
      '1: imports src/store/b.ts: otlp may use nothing else of src/',
    ],
    [
      'src/store/x/a.ts',
      "\nimport type { B } from '../../query/b.ts'",
      '2: imports src/query/b.ts: store may use otlp, config, tenancy, telemetry',
    ],
    [
      'src/processors/a.ts',
      "export { b } from '../store/b.ts'",
      '1: imports src/store/b.ts: processors may use otlp, config, tenancy, telemetry',
    ],
    [
      'src/processors/a.ts',
      "export * from '../ingest/b.ts'",
      '1: imports src/ingest/b.ts: processors may use otlp, config, tenancy, telemetry',
    ],
    [
      'src/query/a.ts',
      "const b = await import('../ingest/b.ts')",
      '1: imports src/ingest/b.ts: query may use store, processors, otlp, config, tenancy, telemetry',
    ],
    [
      'src/ingest/a.ts',
      "import '../tail/b.ts'",
      '1: imports src/tail/b.ts: ingest may use otlp, processors, store, config, tenancy, telemetry',
    ],
    [
      'src/ingest/a.ts',
      "import {\n  a,\n  b,\n} from\n  '../gateway.ts'",
      '5: imports src/gateway.ts: ingest may use otlp, processors, store, config, tenancy, telemetry',
    ],
    [
      'src/gateway.ts',
      "import { a } from './main.ts'",
      '1: imports src/main.ts: gateway.ts may use otlp, processors, store, ingest, query, tail, web, config, tenancy, telemetry',
    ],
    [
      'src/config/a.ts',
      "import { a } from '../processors/a.ts'",
      '1: imports src/processors/a.ts: config may use otlp, config, tenancy, telemetry',
    ],
    [
      'src/tenancy/a.ts',
      "import { a } from '../ingest/a.ts'",
      '1: imports src/ingest/a.ts: tenancy may use otlp, config, telemetry',
    ],
    ['src/store/a.ts', "import { a } from '../../test/a.ts'", '1: imports test/a.ts: src/ stands alone'],
    [
      'src/new/a.ts',
      "import { a } from '../otlp/a.ts'",
      '1: "new" is no part of src/ that scripts/boundaries.ts knows; give it its arrows there',
    ],
  ])('%s: %s', (path, text, finding) => {
    expect(found(path, text)).toEqual([finding])
  })
})

describe('no finding', () => {
  it.each<[path: string, text: string]>([
    [
      'src/ingest/a.ts',
      "import { a } from '../store/a.ts'\nimport { b } from './b.ts'\nimport { c } from 'fastify'",
    ],
    ['src/tail/a.ts', "import { a } from '../query/a.ts'"],
    ['src/tenancy/a.ts', "import { Refusal } from '../otlp/refusal.ts'"],
    ['src/main.ts', "const { startGateway } = await import('./gateway.ts')"],
    [
      'src/store/a.ts',
      "/** Like {@link import('../query/a.ts').A}. */\n// import { a } from '../query/a.ts'",
    ],
    ['src/store/a.ts', "const text = `import nothing`\nconst from = '../query/a.ts'"],
  ])('%s', (path, text) => {
    expect(found(path, text)).toEqual([])
  })

  it('in this repository', () => {
    const root = fileURLToPath(new URL('../../', import.meta.url))
    const files = sourceFiles(root, ['src'], ['.ts'])
    expect(files.length).toBeGreaterThan(50)
    expect(boundaryFindings(files)).toEqual([])
  })
})
