import { Command } from 'commander'
import { median } from '../schema/clickhouse.ts'
import { calibrate } from '../support/calibration.ts'
import { appendResult, describeOrigin, origin } from '../support/results.ts'
import { measureFolding } from './folding.ts'
import { decodePath, jsonPath, protoLoaderPath } from './json-path.ts'
import { type Effort, measure } from './measure.ts'
import { measureRules, printRules } from './rules/cost.ts'
import { LOG_SHAPES } from './shapes/logs.ts'
import { METRIC_SHAPES } from './shapes/metrics.ts'
import type { Shape } from './shapes/shape.ts'
import { SPAN_SHAPES } from './shapes/spans.ts'
import { type Path, weirPath } from './weir-path.ts'

/** Scan + encode of requests beside the usual path in JavaScript: same bytes, same run. See bench/README.md. */

const SHAPES: ReadonlyArray<Shape> = [...LOG_SHAPES, ...SPAN_SHAPES, ...METRIC_SHAPES]

const PATHS = ['weir', 'json', 'protoLoader', 'decode'] as const
type PathName = (typeof PATHS)[number]

type PathFigures = {
  readonly recordsPerSecond: number
  readonly recordsPerCpuSecond: number
  readonly mbPerCpuSecond: number
  /** What it would send to ClickHouse. */
  readonly encodedBytesPerRecord: number
  /** How many times Weir's records per CPU-second: median of the rounds, lowest, highest. */
  readonly weirTimes: readonly [number, number, number]
}

type Figures = {
  readonly shape: string
  readonly bytesPerRecord: number
  readonly recordsPerRequest: number
  readonly targetRatio: number
  readonly paths: Readonly<Record<PathName, PathFigures>>
}

async function measureShape(shape: Shape, effort: Effort): Promise<Figures> {
  const { signal, recordsPerRequest } = shape
  const nowMs = Date.now() - 60_000
  const requests = Array.from({ length: shape.requestsPerCommit }, (_, i) => shape.request(nowMs, i))
  const records = recordsPerRequest * requests.length
  const wireBytes = requests.reduce((sum, request) => sum + request.length, 0)
  const paths: Record<PathName, Path> = {
    weir: await weirPath(signal, requests, { forgetResources: shape.newResources === true }),
    json: jsonPath(signal, requests),
    protoLoader: protoLoaderPath(signal, requests),
    decode: decodePath(signal, requests, recordsPerRequest),
  }
  try {
    const encoded = mapPaths((name) => paths[name].encode())
    for (const name of PATHS)
      if (encoded[name].rows !== records)
        throw new Error(
          `${shape.name}, ${name}: ${encoded[name].rows} rows of ${records} records: the figures would lie`,
        )
    const rates = await measure(paths, effort)
    return {
      shape: shape.name,
      bytesPerRecord: Math.round(wireBytes / records),
      recordsPerRequest,
      targetRatio: shape.targetRatio,
      paths: mapPaths((name) => {
        const perCpuSecond = median(rates[name].map((rate) => rate.perCpuSecond))
        const times = rates.weir.map((rate, round) => rate.perCpuSecond / rates[name][round]!.perCpuSecond)
        return {
          recordsPerSecond: Math.round(median(rates[name].map((rate) => rate.perSecond)) * records),
          recordsPerCpuSecond: Math.round(perCpuSecond * records),
          mbPerCpuSecond: oneDigit((perCpuSecond * wireBytes) / 1e6),
          encodedBytesPerRecord: Math.round(encoded[name].bytes / records),
          weirTimes: [oneDigit(median(times)), oneDigit(Math.min(...times)), oneDigit(Math.max(...times))],
        }
      }),
    }
  } finally {
    await paths.weir.close()
  }
}

function mapPaths<Value>(of: (name: PathName) => Value): Record<PathName, Value> {
  return Object.fromEntries(PATHS.map((name) => [name, of(name)])) as Record<PathName, Value>
}

const thousands = (records: number): string => `${Math.round(records / 1000)} k`

function print(figures: ReadonlyArray<Figures>): void {
  console.table(
    figures.map(({ shape, bytesPerRecord, targetRatio, paths: { weir, json, protoLoader, decode } }) => ({
      shape,
      'B/record': bytesPerRecord,
      'Weir records/CPU-s': thousands(weir.recordsPerCpuSecond),
      'MB/CPU-s': weir.mbPerCpuSecond,
      '(by the clock)': thousands(weir.recordsPerSecond),
      'protobufjs + JSON': thousands(json.recordsPerCpuSecond),
      'proto-loader + JSON': thousands(protoLoader.recordsPerCpuSecond),
      'protobufjs decode alone': thousands(decode.recordsPerCpuSecond),
      'Weir : protobufjs + JSON': times(json),
      'Weir : proto-loader + JSON': times(protoLoader),
      target: `${targetRatio}: ${json.weirTimes[0] >= targetRatio ? 'reached' : 'missed'}`,
    })),
  )
}

function times({ weirTimes: [middle, low, high] }: PathFigures): string {
  return `${middle} (${low}-${high})`
}

function oneDigit(value: number): number {
  return Math.round(value * 10) / 10
}

const options = new Command('bench')
  .description('Scan + encode of requests beside protobufjs + JSONEachRow.')
  .option('--quick', 'one short round: to see that it runs, not to quote')
  .option('--shape <name>', 'only this shape')
  .option('--no-save', 'leave bench/results/ as it is')
  .parse()
  .opts<{ quick?: true; shape?: string; save: boolean }>()

const effort: Effort = options.quick ? { rounds: 1, secondsPerRound: 0.5 } : { rounds: 5, secondsPerRound: 1 }
const shapes = SHAPES.filter(({ name }) => options.shape === undefined || name === options.shape)
if (shapes.length === 0)
  throw new Error(`no shape ${options.shape}: there are ${SHAPES.map(({ name }) => name).join(', ')}`)
const from = origin(calibrate())
console.log(describeOrigin(from))
const figures: Figures[] = []
for (const shape of shapes) figures.push(await measureShape(shape, effort))
print(figures)
const rules = await measureRules(effort)
printRules(rules)
if (options.shape === undefined) {
  const folding = measureFolding(effort.rounds)
  console.table(folding)
  if (options.save && !options.quick) appendResult('micro', { ...from, effort, figures, rules, folding })
}
