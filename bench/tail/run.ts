/**
 * The live tail of a whole gateway, `node bench/tail/run.ts [--seconds 10] [--viewers 1000] [--no-save] [--only received|cluster|<one of the
 * cluster's>] [--profile <directory>]`:
 *
 * 1. received: lines that come over OTLP. Latency, from the acknowledgement that the sender gets to the client, line by line (a line may
 *    come before it: the two travel different ways); fan-out, viewers of 100 queries, 10 lines/s each.
 * 2. cluster: lines of pods, from API server and kubelets in a process of their own. Latency from when a line was written; fan-out; lines
 *    that are parsed and filtered; viewers that stop reading.
 *
 * Gateway, engine, sender, cluster and viewers share the machine. CPU is the gateway's own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startGateway } from '../load/gateway-process.ts'
import { calibrate } from '../support/calibration.ts'
import { appendResult, describeOrigin, origin } from '../support/results.ts'
import { startFlags } from '../support/start-flags.ts'
import { cluster, startHost } from './cluster.ts'
import { received } from './received.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    viewers: { type: 'string', default: '1000' },
    only: { type: 'string' },
    profile: { type: 'string' },
    'no-save': { type: 'boolean', default: false },
  },
})
const size = { seconds: Number(values.seconds), viewers: Number(values.viewers) }
const { only, profile } = values

const measured = origin(calibrate())
const directory = mkdtempSync(join(tmpdir(), 'weir-bench-tail-'))
try {
  const host = await startHost(directory)
  const viewersMax = size.viewers + 50
  const gateway = await startGateway({
    directory,
    textIndex: true,
    nodeFlags: startFlags(),
    sections: {
      tail: { viewersMax, viewersPerTenant: viewersMax },
      // All pods at once is what a gateway does that starts anew; a cluster's own limits are another matter.
      kubernetes: { clusters: { bench: { kubeconfig: [host.kubeconfig] } }, opensPerSecond: 200 },
    },
    ...(profile === undefined ? {} : { profileDirectory: profile }),
  })
  try {
    const ofReceived = only === undefined || only === 'received' ? await received(gateway, size) : undefined
    const ofCluster =
      only === 'received'
        ? undefined
        : await cluster(gateway, host, size, only === 'cluster' ? undefined : only)
    console.log(describeOrigin(measured))
    if (!values['no-save'])
      appendResult('tail', { ...measured, seconds: size.seconds, ...ofReceived, cluster: ofCluster })
  } finally {
    await gateway.stop()
    await host.stop()
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}
