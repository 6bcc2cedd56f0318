import Benchmark from 'benchmark'
import { median } from '../schema/clickhouse.ts'
import type { Path } from './weir-path.ts'

/** How long one path is measured in one round. */
export type Effort = { readonly rounds: number; readonly secondsPerRound: number }

/** Operations, per second of the clock and per second that the process was given a core (garbage collection included). */
export type Rate = { readonly perSecond: number; readonly perCpuSecond: number }

/**
 * The rate of each path, one figure a round. The paths take turns, so that what else the machine does in a
 * minute falls on all of them; within a round benchmark.js warms up and samples. The clock's figure is the median of
 * its samples; on a machine that others use, only the CPU's tells what the function costs.
 */
export async function measure<Name extends string>(
  paths: Readonly<Record<Name, Path>>,
  { rounds, secondsPerRound }: Effort,
): Promise<Record<Name, Rate[]>> {
  const names = Object.keys(paths) as Name[]
  const rates = Object.fromEntries(names.map((name) => [name, [] as Rate[]])) as Record<Name, Rate[]>
  for (let round = 0; round < rounds; round++)
    for (const name of names) {
      await paths[name].prepare()
      rates[name].push(await rateOf(paths[name].encode, secondsPerRound))
    }
  return rates
}

/** Asynchronous between the samples: the sequence's mark on the disk moves there, as it does in the gateway. */
function rateOf(run: () => unknown, seconds: number): Promise<Rate> {
  let calls = 0
  const counted = () => {
    calls++
    return run()
  }
  return new Promise((resolve, reject) => {
    const before = process.cpuUsage()
    new Benchmark(counted, { maxTime: seconds, minSamples: 5, async: true, delay: 0.001 })
      .on('error', ({ target }: Benchmark.Event) => reject((target as unknown as { error: Error }).error))
      .on('complete', ({ target }: Benchmark.Event) => {
        const { user, system } = process.cpuUsage(before)
        const perSecond = 1 / median((target as unknown as Benchmark).stats!.sample)
        resolve({ perSecond, perCpuSecond: (calls * 1e6) / (user + system) })
      })
      .run()
  })
}
