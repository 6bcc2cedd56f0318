import type { WordSet } from './words.ts'

/** Keys of a dashboard whose texts are for people, or name parts of Grafana: no query stands there. */
const NO_QUERIES = new Set([
  ...[
    'title',
    'description',
    'content',
    'text',
    'tags',
    'uid',
    'type',
    'pluginVersion',
    'refId',
    'datasource',
  ],
  ...['unit', 'displayName', 'color', 'mode', 'id', 'gridPos', 'icon', 'tooltip', 'url', 'timezone', 'style'],
])
/** Keys of these objects are names of labels or columns. */
const NAMED_BY_KEY = new Set(['renameByName', 'indexByName', 'excludeByName'])
const DEPTH_MAX = 100

/** Adds every name that a dashboard's JSON may use: queries of panels, variables, annotations, links, overrides. */
export function addDashboard(words: WordSet, value: unknown, depth = 0): void {
  if (typeof value === 'string') words.addText(value)
  else if (typeof value === 'object' && value !== null && depth < DEPTH_MAX)
    for (const [key, item] of Object.entries(value)) {
      if (!Array.isArray(value) && NO_QUERIES.has(key)) continue
      if (NAMED_BY_KEY.has(key) && typeof item === 'object' && item !== null)
        for (const name of Object.keys(item)) words.addText(name)
      addDashboard(words, item, depth + 1)
    }
}
