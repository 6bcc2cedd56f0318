import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Problem } from './problem.ts'
import type { ShopMessage } from './service/main.ts'
import type { Sent } from './service/sent.ts'

const MAIN = fileURLToPath(new URL('service/main.ts', import.meta.url))
const TELEMETRY = new URL('service/telemetry.ts', import.meta.url).href

export type Shop = {
  readonly url: string
  /** Closes the shop. Resolves after the SDK's last export with what was sent. */
  close(): Promise<Sent>
  /** What its SDK complained about, such as an export that failed. */
  readonly complaints: () => string
  kill(): void
}

/** Starts the web shop, in a process of its own, configured as OpenTelemetry wants it: by the environment. */
export async function startShop(grpc: string, pod: string): Promise<Shop> {
  const child = fork(MAIN, {
    execArgv: ['--import', TELEMETRY],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...environment(),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${grpc}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
      OTEL_SERVICE_NAME: 'shop',
      // As a cluster would say it; the pod's name tells the lines of this run from those of the runs before.
      OTEL_RESOURCE_ATTRIBUTES: `service.version=1.4.2,deployment.environment.name=demo,k8s.namespace.name=demo,k8s.deployment.name=shop,k8s.pod.name=${pod}`,
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
    },
  })
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const next = async <Kind extends ShopMessage['kind']>(kind: Kind) =>
    message(child, kind).catch(() => {
      throw new Problem('The shop ended before it was asked to.', stderr)
    })
  const { port } = await next('listening')
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = next('closed')
      child.send('close')
      return (await closed).sent
    },
    complaints: () => stderr.trim(),
    kill: () => child.kill('SIGKILL'),
  }
}

/** The demo's own environment, without what its user may have set for other services. */
function environment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'))
  return Object.fromEntries(entries)
}

/** The next message, which is of this kind; rejects if the process ends first. */
function message<Kind extends ShopMessage['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<ShopMessage, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    child.once('exit', reject)
    child.once('message', (received: ShopMessage) => {
      child.off('exit', reject)
      if (received.kind === kind) resolve(received as Extract<ShopMessage, { kind: Kind }>)
      else reject(received)
    })
  })
}
