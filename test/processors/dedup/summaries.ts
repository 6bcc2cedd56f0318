import type { Batch } from '../../../src/otlp/batch.ts'
import { decodeLogsRequest, type LogRecord, type LogsRequest, stringAttributes } from '../../otlp/proto.ts'
import { type build, reasons } from '../filter/build.ts'
import type { TestDeps } from '../kit.ts'
import { scannedAs } from '../ottl/evaluate.ts'

export function requestOf(logRecords: ReadonlyArray<LogRecord>, pod = 'a'): LogsRequest {
  const resource = { attributes: stringAttributes({ 'k8s.pod.name': pod }) }
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 's' }, logRecords: [...logRecords] }] }] }
}

export function scan(request: LogsRequest, tenant = 'default'): Batch {
  const batch = scannedAs('logs', request)
  batch.tenants.push(tenant)
  return batch
}

type Pipeline = ReturnType<typeof build>

/** Which of these are kept, as a commit of their own that is durable. */
export function kept(pipeline: Pipeline, deps: TestDeps, request: LogsRequest, tenant?: string): boolean[] {
  const batch = scan(request, tenant)
  pipeline.process(batch, deps.openCommit)
  pipeline.committed(deps.openCommit++)
  return reasons(batch, deps).map((reason) => reason === '')
}

export type Summary = {
  readonly tenantId: string
  readonly pod: string
  readonly record: LogRecord
  readonly attributes: Record<string, unknown>
}

/** What was generated, as protobufjs reads it. */
export function summariesOf(deps: TestDeps): Summary[] {
  return deps.generated.flatMap(({ request, tenantId }) =>
    decodeLogsRequest(request).resourceLogs!.flatMap(({ resource, scopeLogs }) =>
      scopeLogs!.flatMap(({ logRecords }) =>
        logRecords!.map((record) => ({
          tenantId,
          pod: resource!.attributes![0]!.value!.stringValue!,
          record,
          attributes: Object.fromEntries(
            record.attributes!.map(({ key, value }) => [key, Object.values(value!)[0]]),
          ),
        })),
      ),
    ),
  )
}

/** The interval is over. */
export function passInterval(pipeline: Pipeline, deps: TestDeps): void {
  deps.nowMsValue += 10_000
  pipeline.tick()
}
