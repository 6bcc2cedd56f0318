import type { Report } from '../../../../src/cli/canary/ledger/report.ts'
import { type CanaryContext, runCanary, runCanaryRead } from '../../../../src/cli/canary/run.ts'

const FLAGS = {
  rate: '200',
  bytes: '0',
  burst: '0',
  burstEvery: '1s',
  longEvery: '0',
  longBytes: '20000',
  side: 'both',
  history: 'native',
  settle: '500ms',
  slack: '100ms',
  poll: '50ms',
  metricsHost: '127.0.0.1',
  output: 'json',
  writer: 'test',
}

export type Ran = {
  readonly exitCode: number
  readonly out: string
  readonly errors: string
  readonly report: Report
}

export type Options = Partial<Parameters<typeof runCanary>[0]>

/** The command, in this process; in `context` what differs. */
async function running(
  run: (context: CanaryContext) => Promise<number>,
  context: Partial<CanaryContext>,
): Promise<Ran> {
  let out = ''
  let errors = ''
  const terminal = {
    out: async (text: string) => {
      out += text
    },
    error: (text: string) => {
      errors += text
    },
    outIsTerminal: false,
    errorIsTerminal: false,
    columns: 120,
  }
  const exitCode = await run({
    terminal,
    signal: new AbortController().signal,
    nowMs: Date.now,
    backoffMs: { first: 10, most: 100 },
    ...context,
  })
  const report = out.startsWith('{') ? (JSON.parse(out) as Report) : ({} as Report)
  return { exitCode, out, errors, report }
}

export const canary = (
  options: Options & { readonly address: string },
  context: Partial<CanaryContext> = {},
): Promise<Ran> => running((all) => runCanary({ ...FLAGS, ...options }, all), context)

export const canaryRead = (
  options: Options & { readonly address: string },
  context: Partial<CanaryContext> = {},
): Promise<Ran> => running((all) => runCanaryRead({ ...FLAGS, ...options }, all), context)
