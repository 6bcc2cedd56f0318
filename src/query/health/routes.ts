import { z } from 'zod'
import { ApiError } from '../errors.ts'
import { type ApiRequest, json, type Route } from '../route.ts'
import type { Readiness } from './readiness.ts'

const TEXT_TYPE = 'text/plain; charset=utf-8'
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** The process lives: nothing behind it is asked, since a restart cures no part but the process itself. */
export function healthzRoute(): Route {
  return {
    path: '/healthz',
    methods: ['GET', 'HEAD'],
    access: 'open',
    doc: { summary: '200 while the process lives', answer: z.strictObject({ status: z.literal('ok') }) },
    handle: async () => json({ status: 'ok' }),
  }
}

function wantsAll(query: URLSearchParams): boolean {
  for (const name of query.keys())
    if (name !== 'all')
      throw new ApiError(
        'unknown_parameter',
        `/readyz knows no parameter ${JSON.stringify(name.slice(0, 64))}: it takes only "all".`,
      )
  const value = query.get('all')
  if (value === null || value === 'false') return false
  if (value === '' || value === 'true') return true
  throw new ApiError('invalid_parameter', 'all: expected nothing, true or false.')
}

const readyAnswer = z.strictObject({
  ready: z.boolean(),
  allUp: z.boolean(),
  reason: z.string().optional(),
  parts: z.array(z.strictObject({ name: z.string(), state: z.string(), detail: z.string().optional() })),
})

/** Where Loki and Tempo have their readiness: 200 while ingest accepts. */
export function readyRoute(readiness: Readiness, path: '/ready' | '/tempo/ready'): Route {
  return {
    path,
    methods: ['GET', 'HEAD'],
    access: 'open',
    doc: { summary: 'As /readyz, in a word', answer: { contentType: TEXT_TYPE } },
    async handle() {
      const { ready, reason } = readiness.check()
      return { status: ready ? 200 : 503, contentType: TEXT_TYPE, body: ready ? 'ready\n' : `${reason}\n` }
    },
  }
}

/** 200 while ingest accepts; with `?all` only while every part is up. The body is the same in every case. */
export function readyzRoute(readiness: Readiness): Route {
  return {
    path: '/readyz',
    methods: ['GET', 'HEAD'],
    access: 'open',
    doc: {
      summary: '200 while ingest accepts, with the state of each part',
      parameters: z.object({ all: z.string().optional().describe('Only while every part is up') }),
      answer: readyAnswer,
    },
    async handle({ query }: ApiRequest) {
      const all = wantsAll(query)
      const { ready, allUp, parts, reason } = readiness.check()
      const passed = all ? ready && allUp : ready
      return json({ ready, allUp, ...(reason === '' ? {} : { reason }), parts }, passed ? 200 : 503)
    },
  }
}

/** The registry's text: the figures of all tenants together, so it asks for more than a place on the network. */
export function metricsRoute(text: () => Promise<string>): Route {
  return {
    path: '/metrics',
    methods: ['GET'],
    access: 'operator',
    doc: { summary: "Weir's own metrics, Prometheus text", answer: { contentType: METRICS_TYPE } },
    handle: async () => ({
      status: 200,
      contentType: METRICS_TYPE,
      body: await text(),
    }),
  }
}
