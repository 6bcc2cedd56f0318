import { ApiError } from '../../query/errors.ts'
import { readParameters } from '../../query/http/parameters.ts'
import type { SocketRoute } from '../../query/socket-route.ts'
import { queryText } from '../feed.ts'
import { queryDigest, readResumeToken } from '../resume-token.ts'
import type { Start } from '../source.ts'
import { admit, read } from './admit.ts'
import { type FrontParts, LOOK_BACK_MS, podReaderOf } from './loki.ts'
import { hello, nativeFormat } from './native-format.ts'
import { nativeTailParameters, readTailQuery } from './parameters.ts'

/** `WS /api/v1/tail`: frames of its own, which say more than Loki's can (docs/api.md). */
export function nativeTailRoute(parts: FrontParts): SocketRoute {
  const { hub, historyLinesMax, pingIntervalMs, metrics } = parts
  const schema = nativeTailParameters(historyLinesMax)
  return {
    path: '/api/v1/tail',
    async handle(request) {
      const admitted = await admit(request, metrics)
      if (admitted === undefined) return
      const { tenantIds, tenants } = admitted
      const { expr, dropped, start } = read(metrics, () => {
        const { query, dropped, ...from } = readParameters(schema, request.query)
        const asked = readTailQuery(query)
        return {
          expr: asked,
          dropped,
          start: startOf(from, queryDigest(tenantIds, queryText(asked)), parts),
        }
      })
      const socket = await request.accept()
      if (socket === undefined) return
      await hub.watch({
        tenantIds,
        expr,
        dropped,
        podReader: podReaderOf(parts, admitted),
        socket,
        format: nativeFormat,
        delayMs: 0,
        requestId: request.requestId,
        tenants,
        start,
        begin() {
          const sources = hub.sources.map(({ name, about }) => ({ name, ...about }))
          const heartbeatMs = pingIntervalMs
          const fields = { query: queryText(expr), tenants: tenantIds, sources, heartbeatMs }
          socket.send(hello(fields), { binary: false })
        },
      })
    },
  }
}

type From = {
  readonly start?: bigint | undefined
  readonly limit: number
  readonly resume?: string | undefined
}

function startOf(
  { start, limit, resume }: From,
  digest: string,
  { historyLinesMax, nowMs }: FrontParts,
): Start {
  if (resume !== undefined) {
    if (start !== undefined || limit !== -1)
      throw new ApiError(
        'invalid_parameter',
        'resume stands alone: it says where to go on. Leave start and limit out.',
      )
    const point = readResumeToken(resume, digest)
    if ('problem' in point) throw new ApiError('invalid_parameter', `resume ${point.problem}.`)
    return { kind: 'resume', ...point }
  }
  if (start === undefined && limit === -1) return { kind: 'now' }
  return {
    kind: 'history',
    startNs: start ?? BigInt(nowMs() - LOOK_BACK_MS) * 1_000_000n,
    limit: limit === -1 ? historyLinesMax : limit,
    isAll: limit === -1,
  }
}
