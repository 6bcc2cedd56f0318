import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'

export type GatewayRun = {
  readonly pid: number
  readonly enginePid: number
  /** host:port of OTLP over gRPC. */
  readonly grpc: string
  /** host:port of the API. */
  readonly api: string
  readonly dataDir: string
  /** The gateway's own metrics, by name and labels as they stand in the exposition. */
  readonly metrics: () => Promise<ReadonlyMap<string, number>>
  /** Drains and ends it; rejects if it does not end by itself with code 0. */
  readonly stop: () => Promise<void>
}

export type GatewaySetup = {
  /** For config and data. */
  readonly directory: string
  readonly textIndex: boolean
  /** A YAML file with `processors`, or with what stands below that key. */
  readonly rulesFile?: string
  /** Sections of the config that are not its default. */
  readonly sections?: Readonly<Record<string, unknown>>
  /** For Node itself. */
  readonly nodeFlags: ReadonlyArray<string>
  /** Writes a CPU profile of the gateway's whole life there. */
  readonly profileDirectory?: string
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const STOP_WITHIN_MS = 60_000

/** Starts the gateway as a process of its own, by its default config but for folder and ports. */
export async function startGateway(setup: GatewaySetup): Promise<GatewayRun> {
  const { directory, nodeFlags, profileDirectory } = setup
  const configFile = join(directory, 'weir.yaml')
  const dataDir = join(directory, 'data')
  writeFileSync(configFile, stringify(config(setup, dataDir)))
  const profile = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`]
  const { WEIR_DATA_DIR: _, ...env } = process.env
  const child = spawn(process.execPath, [...nodeFlags, ...profile, MAIN, 'serve', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
  const { enginePid, grpc, api } = await readiness(child)
  return {
    pid: child.pid!,
    enginePid,
    grpc,
    api,
    dataDir,
    metrics: () => scrape(`http://${api}/metrics`),
    stop: () => stop(child),
  }
}

function config({ textIndex, rulesFile, sections }: GatewaySetup, dataDir: string): object {
  const rules =
    rulesFile === undefined ? {} : (parse(readFileSync(rulesFile, 'utf8')) as Record<string, unknown>)
  return {
    listen: { grpc: '127.0.0.1:0', http: 'off', api: '127.0.0.1:0' },
    dataDir,
    logs: { textIndex },
    processors: rules.processors ?? rules,
    // The rows that are counted are the load's.
    telemetry: { metricsIntervalMs: 0 },
    ...sections,
  }
}

type Ready = { readonly enginePid: number; readonly grpc: string; readonly api: string }

/** Follows the gateway's log until it is ready; what it warns of after that goes to stderr. */
function readiness(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let enginePid = 0
    child.once('exit', (code) => reject(new Error(`the gateway ended with code ${code}`)))
    createInterface({ input: child.stdout! }).on('line', (text) => {
      // What Node itself prints, asked for by a flag.
      if (!text.startsWith('{')) {
        process.stderr.write(`${text}\n`)
        return
      }
      const line = JSON.parse(text) as { level: number; msg: string; pid: number; grpc: string; api: string }
      if (line.msg === 'embedded ClickHouse is up') enginePid = enginePidOf(text)
      else if (line.msg === 'ready') resolve({ enginePid, grpc: line.grpc, api: line.api })
      else if (isWarning(line.level)) process.stderr.write(`${text}\n`)
    })
  })
}

/** The logger writes its own `pid` first, the engine's as the last key of that name. */
function enginePidOf(line: string): number {
  const pids = [...line.matchAll(/"pid":(\d+)/g)]
  return Number(pids.at(-1)?.[1] ?? 0)
}

function isWarning(level: number | string): boolean {
  return typeof level === 'number' ? level >= 40 : level === 'warn' || level === 'error' || level === 'fatal'
}

async function scrape(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(url)).text()
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  const [code, signal] = await once(child, 'exit')
  clearTimeout(deadline)
  if (code !== 0) throw new Error(`the gateway ended with ${code ?? signal}`)
}
