import { lokiErrors } from '../../query/loki/errors.ts'
import { readLokiParameters } from '../../query/loki/parameters/read.ts'
import type { SocketRoute } from '../../query/socket-route.ts'
import type { TailHub } from '../hub.ts'
import { admit, type Refusals, read } from './admit.ts'
import { lokiFormat } from './loki-format.ts'
import { lokiTailParameters, readTailQuery } from './parameters.ts'

export type FrontParts = {
  readonly hub: TailHub
  readonly historyLinesMax: number
  readonly pingIntervalMs: number
  readonly metrics: Refusals
  readonly nowMs: () => number
}

/** As Loki: a tail without start shows lines of the last hour first. */
export const LOOK_BACK_MS = 3_600_000

/** `GET /loki/api/v1/tail`, as Grafana's Live button and `logcli query --tail` use it. */
export function lokiTailRoute({ hub, historyLinesMax, metrics, nowMs }: FrontParts): SocketRoute {
  const schema = lokiTailParameters(historyLinesMax)
  return {
    path: '/loki/api/v1/tail',
    errorForm: lokiErrors,
    async handle(request) {
      const tenantIds = await admit(request, metrics)
      if (tenantIds === undefined) return
      const asked = read(metrics, () => {
        const parameters = readLokiParameters(schema, request.query)
        return { ...parameters, expr: readTailQuery(parameters.query) }
      })
      const socket = await request.accept()
      if (socket === undefined) return
      const { expr, limit, delay_for: delaySeconds } = asked
      const startNs = asked.start ?? BigInt(nowMs() - LOOK_BACK_MS) * 1_000_000n
      await hub.watch({
        tenantIds,
        expr,
        socket,
        format: lokiFormat,
        delayMs: delaySeconds * 1000,
        requestId: request.requestId,
        tenants: request.tenants,
        start: { kind: 'history', startNs, limit, isAll: false },
      })
    },
  }
}
