import { request as httpRequest } from 'node:http'
import { pino } from 'pino'
import { type Config, defaultConfig } from '../../src/config/schema.ts'
import { createEndpoints } from '../../src/query/assemble.ts'
import type { CardinalityRouteOptions } from '../../src/query/cardinality/route.ts'
import type { ConfigControl } from '../../src/query/config/control.ts'
import { createReadiness } from '../../src/query/health/readiness.ts'
import { FORM_TYPE } from '../../src/query/http/form.ts'
import type { LogRecord } from '../../src/query/logs/record.ts'
import type { Route } from '../../src/query/route.ts'
import { createApiServer } from '../../src/query/server.ts'
import type { Database } from '../../src/store/database.ts'
import { createAuthenticator } from '../../src/tenancy/authenticator.ts'
import { Credentials } from '../../src/tenancy/credentials.ts'
import { webAccess } from '../../src/tenancy/web.ts'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly bytes: Buffer
  readonly json: AnswerJson
}

/** What the answers of all endpoints can hold; a test looks at the part that its endpoint has. */
export type AnswerJson = {
  readonly records: ReadonlyArray<LogRecord & { readonly resource: unknown }>
  readonly nextCursor: string | null
  readonly error: { readonly code: string; readonly message: string; readonly requestId: string }
  readonly tenantId: string
}

export type TestApi = {
  readonly port: number
  readonly logLines: ReadonlyArray<string>
  get(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Answer>
  /** A form, as clients of Loki's API send it. */
  post(path: string, form: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  stop(deadlineMs?: number): Promise<void>
}

export type TestApiOptions = {
  readonly query?: Partial<Config['query']>
  readonly config?: Partial<Config>
  readonly reader?: Database
  readonly routes?: ReadonlyArray<Route>
  readonly series?: CardinalityRouteOptions['series']
  readonly nowMs?: () => number
  readonly requestTimeoutMs?: number
}

export const LISTEN_ANYWHERE = { host: '127.0.0.1', port: 0 }

/** A request over a real socket; `fetch` would not let the Host header be chosen. */
export function ask(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = Buffer.concat(chunks)
          const text = bytes.toString('utf8')
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            text,
            bytes,
            get json() {
              return JSON.parse(text) as AnswerJson
            },
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** A ClickHouse that no test asks. */
const UNREAD: Database = {
  name: 'weir',
  insert: unread,
  rows: unread,
  stream: unread,
  command: unread,
  ping: unread,
  close: unread,
}

function unread(): never {
  throw new Error('this test was not to read from ClickHouse')
}

const UNCHANGED: ConfigControl = {
  reload: unread,
  inForce: () => ({ hash: '', text: '', value: {} }),
  versions: unread,
}

/** The real endpoints, over `reader` and parts that say the same every time. */
export function testEndpoints(
  config: Config,
  { reader = UNREAD, series, nowMs = Date.now }: Pick<TestApiOptions, 'reader' | 'series' | 'nowMs'> = {},
): Route[] {
  return createEndpoints(config, {
    reader,
    series: series ?? { top: () => [], metric: () => undefined, activeOf: () => 0 },
    rules: {
      report: () => [],
      samples: () => [],
      configOf: () => undefined,
      names: [],
      block: config.processors,
    },
    config: UNCHANGED,
    nowMs,
    readiness: createReadiness({ parts: () => [{ name: 'ingest', state: 'up' }], nowMs }),
    metrics: async () => 'weir_up 1\n',
    version: '0.0.0-test',
  })
}

/** The API server with the real routes over `reader`, or with `routes` alone. */
export async function startTestApi(options: TestApiOptions): Promise<TestApi> {
  const base = defaultConfig()
  const config: Config = { ...base, ...options.config, query: { ...base.query, ...options.query } }
  const { nowMs = Date.now } = options
  const logLines: string[] = []
  const routes = options.routes ?? testEndpoints(config, { ...options, nowMs })
  const server = createApiServer({
    listen: LISTEN_ANYWHERE,
    routes,
    web: webAccess(config),
    access: {
      tenancy: config.tenancy,
      authenticator: createAuthenticator(config, new Credentials(config.credentials)),
    },
    limits: config.query,
    ...(options.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: options.requestTimeoutMs }),
    log: pino({ level: 'debug' }, { write: (line: string) => logLines.push(line) }),
  })
  const { port } = await server.start()
  return {
    port,
    logLines,
    get: (path, headers, method) => ask(port, path, headers, method),
    post: (path, form, headers) => ask(port, path, { 'content-type': FORM_TYPE, ...headers }, 'POST', form),
    stop: (deadlineMs) => server.stop(deadlineMs),
  }
}
