import { ApiError, toApiError } from '../../query/errors.ts'
import type { Reader } from '../../query/http/access.ts'
import type { SocketRequest } from '../../query/socket-route.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { CLOSE, closeReason } from '../viewers/close-reason.ts'

export type Refusals = Pick<Metrics, 'tailRefused'>

/** What a front passes to the hub about who watches. */
export type Admitted = Reader & {
  /** Asks again whose lines may be read. Throws {@link ApiError}. */
  readonly tenants: () => Promise<ReadonlyArray<string>>
}

/**
 * Whose lines the viewer may see. Who may not gets in and is sent away with the reason, since a browser shows nothing of a
 * refused upgrade and tries again and again; undefined then. Throws {@link ApiError} for what is no question of access.
 */
export async function admit(
  request: SocketRequest,
  { tailRefused }: Refusals,
): Promise<Admitted | undefined> {
  try {
    const reader = await request.reader()
    return { ...reader, tenants: async () => (await request.reader()).tenantIds }
  } catch (error) {
    const known = toApiError(error)
    if (!(error instanceof ApiError) || known.code === 'bad_request') throw known
    tailRefused.cell('access').value++
    const code = known.status === 503 ? CLOSE.tryAgainLater : CLOSE.policy
    const socket = await request.accept()
    socket?.on('error', () => socket.terminate())
    socket?.close(code, closeReason(known.message))
    return undefined
  }
}

/** Runs what reads a request; a query that can't be run is counted. */
export function read<Result>({ tailRefused }: Refusals, what: () => Result): Result {
  try {
    return what()
  } catch (error) {
    tailRefused.cell('query').value++
    throw error
  }
}
