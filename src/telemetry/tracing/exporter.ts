import { createSecureContext } from 'node:tls'
import { type ChannelCredentials, credentials, Metadata } from '@grpc/grpc-js'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import { formatAddress, type ListenAddress } from '../../config/fields.ts'
import type { Config } from '../../config/schema.ts'
import type { Secret } from '../../config/secret.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'

/**
 * Marks this gateway's own exports, so that it makes no spans of taking its spans. The value is random and made by this
 * process: another gateway's exports, and what a sender makes up, are requests like any other.
 */
export const OWN_EXPORT_HEADER = 'weir-own-export'

const EXPORT_TIMEOUT_MS = 10_000
const LOG_INTERVAL_MS = 60_000
/** What `localhost` means. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1'])

/** Where spans go. Without credentials: in clear for http:, and as the system trusts for https:. */
export type Target = { readonly url: string; readonly credentials?: ChannelCredentials }

export function urlTarget(url: string): Target {
  return { url }
}

/** The own listener. It is trusted by its own certificate, whatever name that is for. */
export function selfTarget({ host, port }: ListenAddress, tls: Config['ingest']['tls']): Target {
  const at = reachable(host)
  if (tls === undefined) return { url: `http://${formatAddress({ host: at, port })}` }
  const context = createSecureContext({ ca: tls.cert.reveal(), allowPartialTrustChain: true })
  return {
    // TLS takes names alone (RFC 6066, 3): Node warns of an address.
    url: `https://${formatAddress({ host: LOOPBACK.has(at) ? 'localhost' : at, port })}`,
    credentials: credentials.createFromSecureContext(context, { checkServerIdentity: () => undefined }),
  }
}

/** A listener on all addresses is reached over loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

export type ExporterParts = {
  readonly metrics: Metrics
  readonly logger: Logger
  readonly nowMs: () => number
}

/** OTLP over gRPC. What can't be exported is counted, and told in the log once a minute. */
export function openExporter(
  { url, credentials: channel }: Target,
  headers: Readonly<Record<string, Secret>>,
  ownHeader: Readonly<Record<string, string>>,
  { metrics, logger, nowMs }: ExporterParts,
): SpanExporter {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value.reveal())
  for (const [name, value] of Object.entries(ownHeader)) metadata.set(name, value)
  const exporter = new OTLPTraceExporter({
    url,
    metadata,
    timeoutMillis: EXPORT_TIMEOUT_MS,
    ...(channel ? { credentials: channel } : {}),
  })
  let lost = 0
  let loggedMs = Number.NEGATIVE_INFINITY
  const failed = (spans: number, error: Error | undefined): void => {
    metrics.ownSpans.cell('failed').value += spans
    lost += spans
    if (nowMs() - loggedMs < LOG_INTERVAL_MS) return
    loggedMs = nowMs()
    logger.warn({ url, lost, reason: error?.message }, 'own spans could not be exported; they are lost')
    lost = 0
  }
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error === undefined) metrics.ownSpans.cell('exported').value += spans.length
        else failed(spans.length, result.error)
        done(result)
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  }
}
