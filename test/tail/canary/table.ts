import type { CanaryScene } from './scene.ts'
import type { Stage } from './stage.ts'

/** What happens to a canary and its reader. All lines are to come, once each. */
export type Row = {
  readonly what: string
  /** Before there is a reader; it wants all the same what is written here. */
  readonly before?: (canary: CanaryScene, stage: Stage) => Promise<void>
  readonly happens: (canary: CanaryScene, stage: Stage) => Promise<void>
  /** Of what is announced. */
  readonly gap?: RegExp
  /** Of the reader. */
  readonly connections?: number
}

/** The kubelet's connection to whoever asks it. */
async function cutOff({ scene }: CanaryScene): Promise<void> {
  const follow = scene.follow!
  follow.reset()
  await follow.ended
}

/** What happens to a pod and its log. */
export const LOGS: ReadonlyArray<Row> = [
  {
    what: 'nothing but lines, some of them long',
    async happens(canary) {
      canary.write(50, { bytes: 200 })
      canary.write(3, { bytes: 40_000 })
      canary.write(50)
    },
  },
  {
    what: 'rotation by rename',
    async happens(canary) {
      canary.write(5)
      canary.scene.log.rotate()
      canary.write(5)
    },
  },
  {
    what: 'rotation while the follow is cut',
    gap: /rotated/,
    async happens(canary) {
      await cutOff(canary)
      canary.write(5, { seconds: 1 })
      canary.scene.log.rotate()
      canary.write(5)
    },
  },
  {
    what: 'a restart of the container',
    async happens(canary, { cluster }) {
      canary.write(5)
      await cluster.restart(canary.scene.pod)
      canary.write(5)
    },
  },
  {
    what: 'a reset in the middle of a line',
    async happens(canary, { cluster }) {
      const again = cluster.kubelet.nextLog()
      cluster.kubelet.behave({ afterBytes: 60, fault: 'reset' })
      canary.scene.follow!.reset()
      await again
      canary.write(10)
    },
  },
  {
    what: 'the boundaries of seconds and equal nanoseconds',
    async happens(canary, { cluster: { clock } }) {
      const second = BigInt(clock.seconds + 1) * 1_000_000_000n
      clock.pass(2)
      for (const ns of [second - 1n, second, second, second, second + 1n]) canary.write(1, { ns })
      await cutOff(canary)
      canary.write(3, { ns: second + 1n })
    },
  },
  {
    what: 'stdout and stderr out of order',
    async happens(canary, { cluster }) {
      const ns = cluster.clock.next(2_000_000_000n)
      canary.write(3, { ns })
      canary.write(3, { ns: ns - 700_000_000n, stream: 'stderr' })
      await cutOff(canary)
      canary.write(3, { ns: ns - 600_000_000n, stream: 'stderr' })
      canary.write(3)
    },
  },
]

/** What happens to those who bring the lines: API server, gateway, its other readers. */
export const CARRIERS: ReadonlyArray<Row> = [
  {
    what: 'a restart of the API server',
    async happens(canary, { cluster }) {
      await cluster.restartApiServer(() => canary.write(5))
      canary.write(5)
    },
  },
  {
    what: 'a load balancer that cuts every connection, again and again',
    async happens(canary, { cluster }) {
      for (let round = 0; round < 3; round++) {
        canary.write(5)
        cluster.cutConnections()
        canary.write(5)
        await canary.seen()
      }
    },
  },
  {
    what: 'an API server that forgets, and a restart of the container meanwhile',
    async happens(canary, { cluster }) {
      canary.write(5)
      await cluster.forget()
      cluster.cutWatches()
      await cluster.restart(canary.scene.pod)
      canary.write(5)
    },
  },
  {
    what: 'a restart of the gateway, from a token on',
    connections: 2,
    async happens(canary, { clustered }) {
      canary.write(10)
      await canary.seen()
      await canary.hasToken()
      await clustered.restart()
      canary.write(5)
    },
  },
  {
    what: 'a restart of the gateway, before its token has come',
    connections: 2,
    async happens(canary, { clustered }) {
      canary.write(10)
      await canary.seen()
      await canary.collect()
      await clustered.restart()
      canary.write(5)
    },
  },
  {
    what: 'a restart of the gateway, in the middle of lines',
    connections: 2,
    async happens(canary, { clustered }) {
      canary.write(10)
      await canary.seen(15)
      const stopped = clustered.restart()
      for (let i = 0; i < 20; i++) {
        canary.write(1)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await stopped
      canary.write(5)
    },
  },
  {
    what: 'a neighbour that stops reading, until it is sent away',
    async happens(canary, { clustered }) {
      const neighbour = await canary.neighbour()
      neighbour.socket.pause()
      const viewers = () => clustered.metric('weir_tail_viewers{front="native"}')
      while ((await viewers()) !== 1) {
        canary.write(5, { bytes: 30_000 })
        await canary.seen()
        await canary.collect()
      }
      neighbour.socket.terminate()
    },
  },
]

/** What happens to those who store them: collector, ClickHouse. */
export const STORES: ReadonlyArray<Row> = [
  {
    what: 'a collector that is 30 s behind, and one of its batches five minutes late',
    async happens(canary, { cluster: { clock } }) {
      canary.write(10, { seconds: 1 })
      const held = new Set(canary.scene.truth.slice(-3).map(({ ns }) => ns))
      for (let round = 0; round < 10; round++) {
        const behind = BigInt(clock.seconds) * 1_000_000_000n
        canary.write(3, { seconds: 10 })
        await canary.collect(({ ns }) => ns > behind || held.has(ns))
      }
      await canary.seen()
    },
  },
  {
    what: 'a ClickHouse that is away for minutes',
    async happens(canary, { clickhouse }) {
      clickhouse.goAway()
      for (let round = 0; round < 5; round++) {
        canary.write(5, { seconds: 12 })
        await canary.collect()
      }
      // Live goes on meanwhile.
      await canary.seen()
      await cutOff(canary)
      canary.write(5)
      await canary.seen()
      clickhouse.comeBack()
    },
  },
  {
    what: 'a ClickHouse that is away, while lines are rotated away',
    gap: /rotated/,
    async happens(canary, { clickhouse }) {
      clickhouse.goAway()
      await cutOff(canary)
      canary.write(5, { seconds: 60 })
      canary.scene.log.rotate()
      canary.write(5)
      await canary.noted(/rotated/)
      await canary.seen(15)
      clickhouse.comeBack()
    },
  },
  {
    what: 'a ClickHouse that is 30 s behind',
    gap: /rotated/,
    async happens(canary, { clickhouse }) {
      clickhouse.lag()
      for (let round = 0; round < 6; round++) {
        canary.write(5, { seconds: 2 })
        await canary.collect()
        await clickhouse.hasUnreadableRows()
        // By the clock of the node, that is how old the first of them are.
        if (round % 3 === 2) clickhouse.advance()
      }
      await canary.seen()
      await cutOff(canary)
      canary.write(5, { seconds: 6 })
      canary.scene.log.rotate()
      canary.write(5)
      await canary.collect()
      await clickhouse.hasUnreadableRows()
      await canary.noted(/rotated/)
      clickhouse.catchUp()
    },
  },
  {
    what: 'a ClickHouse that is 30 s behind when its reader comes, and a log that was rotated meanwhile',
    gap: /not in ClickHouse yet/,
    async before(canary, { clickhouse }) {
      canary.write(5, { seconds: 1 })
      await canary.collect()
      await canary.stage.clustered.stored()
      clickhouse.lag()
      canary.write(5, { seconds: 6 })
      await canary.collect()
      canary.scene.log.rotate()
      canary.write(5, { seconds: 1 })
      await clickhouse.hasUnreadableRows()
    },
    async happens(canary, { clickhouse }) {
      canary.write(5)
      // Live goes on; what the kubelet no longer has waits for ClickHouse.
      await canary.seen(20)
      await canary.noted(/not in ClickHouse yet/)
      clickhouse.catchUp()
    },
  },
]

/** More than is asked in vain while the pod is there; none after it must meet the rest. */
const REFUSALS = 20

/** What can happen once, at last. */
export const ENDS: ReadonlyArray<Row> = [
  {
    what: 'the deletion of the pod, before its log was read to the end',
    gap: /the pod went/i,
    async happens(canary, { cluster }) {
      const no = { refuse: { status: 500, message: 'no' } }
      cluster.kubelet.behave(...Array.from({ length: REFUSALS }, () => no))
      await cutOff(canary)
      canary.write(3, { seconds: 1 })
      await cluster.deletePod(canary.scene.pod)
      await canary.noted(/^gap /)
    },
  },
]
