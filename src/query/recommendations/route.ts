import type { Config } from '../../config/schema.ts'
import type { RulesInForce } from '../../processors/rules-in-force.ts'
import {
  type CardinalityStore,
  type CardinalityStoreOptions,
  cardinalityStore,
} from '../cardinality/store.ts'
import { json, type Route } from '../route.ts'
import type { Run } from '../sql/queries.ts'
import { unusedBlocks } from './blocks.ts'
import {
  type RecommendationsParameters,
  readRecommendationsParameters,
  recommendationsParameters,
} from './parameters.ts'
import { recommend } from './recommend.ts'
import { recommendationsSchema } from './schemas.ts'
import { recordedSinceStatement, usedNamesStatement } from './statements.ts'
import { Use } from './use.ts'
import { WordSet } from './words.ts'

export type RecommendationsRouteOptions = CardinalityStoreOptions & {
  readonly nowMs: () => number
  /** The rules in force: what they name is used. */
  readonly rules: Pick<RulesInForce, 'block'>
}

const DAY_MS = 86_400_000

function addRules(words: WordSet, value: unknown): void {
  if (typeof value === 'string') words.addRuleText(value)
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) {
      words.addRuleText(key)
      addRules(words, item)
    }
}

/** Names that queries of the last days used, and since when they are recorded. */
async function queryUse(
  { queries, queryUsage }: CardinalityStore,
  tenantId: string,
  { days, nowMs }: { readonly days: number; readonly nowMs: number },
  run: Run,
): Promise<{ readonly names: ReadonlyArray<string>; readonly since: string | null }> {
  const today = Math.floor(nowMs / DAY_MS)
  const range = { first: Math.max(0, today - days), last: today }
  const names = await queries.rows<{ name: string }>(
    usedNamesStatement(queryUsage, { tenantId, days: range }),
    run,
  )
  const [first] = await queries.rows<{ since: string }>(recordedSinceStatement(queryUsage, tenantId), run)
  return { names: names.map(({ name }) => name), since: first?.since ?? null }
}

/** Everything that is known to be used, by whomever. */
function usedWords(
  given: RecommendationsParameters,
  processors: Config['processors'],
  queried: ReadonlyArray<string>,
): WordSet {
  const words = new WordSet()
  addRules(words, processors)
  for (const name of queried) words.words.add(name)
  for (const name of given.used ?? []) words.words.add(name)
  for (const glob of given.usedGlob ?? []) words.globs.add(glob)
  for (const pattern of given.usedPattern ?? []) words.patterns.add(pattern)
  for (const name of given.usedWhole ?? []) {
    words.words.add(name)
    words.whole.add(name)
  }
  return words
}

/**
 * `/api/v1/recommendations`: metrics and labels that no query of the last days used, no rule and nothing else that the caller
 * names, with what they cost, and the rules that take them out (docs/api.md).
 */
export function recommendationsRoute(options: RecommendationsRouteOptions): Route {
  const store = cardinalityStore(options)
  return {
    path: '/api/v1/recommendations',
    // What dashboards use is more than a URL holds.
    methods: ['GET', 'POST'],
    access: 'tenant',
    doc: {
      summary: 'Metrics and labels that nobody uses, and the rules that take them out',
      parameters: recommendationsParameters,
      answer: recommendationsSchema,
    },
    async handle(request) {
      const { tenantId } = request
      const given = readRecommendationsParameters(await request.form())
      const { days, limit } = given
      const nowMs = options.nowMs()
      const { names, since } = await queryUse(store, tenantId, { days, nowMs }, request)
      const use = new Use(usedWords(given, options.rules.block, names))
      const { timeoutMs } = request.limits
      const found = await recommend(store, use, { tenantId, nowMs, limit, timeoutMs }, request)
      return json({
        days,
        recordedSince: since,
        usedByQueries: names.length,
        usedElsewhere: new Set([...(given.used ?? []), ...(given.usedWhole ?? [])]).size,
        ...found,
        processors: unusedBlocks(found),
      })
    },
  }
}
