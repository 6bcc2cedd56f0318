import type { Reader } from '../../query/http/access.ts'
import { textErrors } from '../../query/http/error-form.ts'
import { readLokiParameters } from '../../query/loki/parameters/read.ts'
import type { SocketRoute } from '../../query/socket-route.ts'
import type { TailHub } from '../hub.ts'
import type { PodAccess } from '../kubernetes/access/pod-access.ts'
import { PodReader } from '../kubernetes/access/pod-reader.ts'
import { admit, type Refusals, read } from './admit.ts'
import { lokiFormat } from './loki-format.ts'
import { lokiTailParameters, readTailQuery } from './parameters.ts'

export type FrontParts = {
  readonly hub: TailHub
  readonly historyLinesMax: number
  readonly pingIntervalMs: number
  readonly metrics: Refusals
  readonly nowMs: () => number
  /** Who may follow which pods, where there is a cluster. */
  readonly podAccess?: PodAccess | undefined
}

export function podReaderOf({ podAccess }: FrontParts, { caller }: Reader): PodReader | undefined {
  return podAccess && new PodReader(podAccess, caller)
}

/** As Loki: a tail without start shows lines of the last hour first. */
export const LOOK_BACK_MS = 3_600_000

/** `GET /loki/api/v1/tail`, as Grafana's Live button and `logcli query --tail` use it. */
export function lokiTailRoute(parts: FrontParts): SocketRoute {
  const { hub, historyLinesMax, metrics, nowMs } = parts
  const schema = lokiTailParameters(historyLinesMax)
  return {
    path: '/loki/api/v1/tail',
    errorForm: textErrors,
    async handle(request) {
      const admitted = await admit(request, metrics)
      if (admitted === undefined) return
      const { tenantIds, tenants } = admitted
      const asked = read(metrics, () => {
        const parameters = readLokiParameters(schema, request.query)
        return { ...parameters, expr: readTailQuery(parameters.query) }
      })
      const socket = await request.accept()
      if (socket === undefined) return
      const { expr, limit, delay_for: delaySeconds, dropped } = asked
      const startNs = asked.start ?? BigInt(nowMs() - LOOK_BACK_MS) * 1_000_000n
      await hub.watch({
        tenantIds,
        expr,
        dropped,
        podReader: podReaderOf(parts, admitted),
        socket,
        format: lokiFormat,
        delayMs: delaySeconds * 1000,
        requestId: request.requestId,
        tenants,
        start: { kind: 'history', startNs, limit, isAll: false },
      })
    },
  }
}
