import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import type { ClickHouse } from './clickhouse.ts'
import { measureCodecs } from './codecs.ts'
import { measureCosts, measurePods, measurePresence } from './costs.ts'
import { CANDIDATES, type KeyResult, measureKey } from './keys.ts'
import * as report from './report.ts'
import { settle, stage } from './stage.ts'
import { startClickHouse } from './start.ts'
import { measureWords } from './words.ts'

/**
 * Measures which sort key, codecs and indexes the log table should have (docs/adr/0009-sort-key.md), in a
 * ClickHouse of its own in a temporary directory. 10 M rows take about 15 minutes on one core.
 */
const ORDER = 'TenantId, AppId, Timestamp'

type Options = {
  readonly rows: number
  readonly costRows: number
  readonly times: number
  readonly json?: string
  readonly only?: string
}

async function main(options: Options): Promise<void> {
  const started = await startClickHouse()
  try {
    await measure(started.clickhouse, options)
  } finally {
    await started.stop()
  }
}

async function measure(
  clickhouse: ClickHouse,
  { rows: rowCount, costRows, times, json, only }: Options,
): Promise<void> {
  const wanted = (section: string) => only === undefined || only.split(',').includes(section)
  const say = (title: string, text: string) => console.log(`\n## ${title}\n\n${text}`)
  const source = await stage(clickhouse, rowCount, costRows)
  const results: Record<string, unknown> = {}
  if (wanted('keys')) {
    const keys: KeyResult[] = []
    for (const candidate of CANDIDATES) {
      console.error(`${new Date().toISOString()} measuring (${candidate.orderBy})`)
      keys.push(await measureKey(clickhouse, source, candidate, times))
    }
    say(`Keys, ${rowCount} rows, one part a partition`, report.keyCosts(keys))
    say('Columns', report.keyColumns(keys))
    say('Queries', report.keyQueries(keys))
    results.keys = keys.map((key) => ({ ...key, columns: Object.fromEntries(key.columns) }))
  }
  if (wanted('costs')) {
    const costs = await measureCosts(clickhouse, source, ORDER)
    say(`Indexes and columns, (${ORDER}), ${costRows} rows in blocks of 20,000`, report.indexCosts(costs))
    results.costs = costs
  }
  if (wanted('codecs')) {
    const codecs = await measureCodecs(clickhouse, 'stage_cost', costRows, ORDER)
    say('Codecs', report.codecs(codecs))
    results.codecs = codecs
  }
  if (wanted('pods')) {
    const pods = await measurePods(clickhouse, source, ORDER)
    say('Pod as LowCardinality', report.pods(pods))
    results.pods = pods
  }
  if (wanted('words') || wanted('presence')) await settle(clickhouse, 'logs_settled', ORDER)
  if (wanted('words')) {
    const words = await measureWords(clickhouse, 'logs_settled', times)
    say('A word in 24 h', report.words(words))
    results.words = words
  }
  if (wanted('presence')) {
    const presence = await measurePresence(clickhouse, 'logs_settled')
    say('Presence check', report.presence(presence))
    results.presence = presence
  }
  if (json !== undefined) writeFileSync(json, JSON.stringify(results, undefined, 1))
}

const command = new Command('sort-key')
  .option('--rows <n>', 'rows for the queries', Number, 10e6)
  .option('--cost-rows <n>', 'rows for the insert, merge and codec costs', Number, 500e3)
  .option('--times <n>', 'warm runs of each query', Number, 9)
  .option('--json <file>', 'also writes the figures there')
  .option('--only <sections>', 'of keys,costs,codecs,pods,words,presence')
  .parse()
await main(command.opts<Options>())
