/**
 * What names a text of PromQL, LogQL or a dashboard may use. It need not parse: whatever might be a name is taken for one,
 * so that nothing is called unused that somebody uses. One walk over the text.
 */

/** Names that texts use. */
export type UsedWords = {
  readonly words: ReadonlySet<string>
  /** Names with a part that is not known, as globs: `http_*_total`, of `http_${code}_total`. */
  readonly globs: ReadonlySet<string>
  /** Regular expressions that metrics are chosen by. */
  readonly patterns: ReadonlySet<string>
  /** Words that stand outside of any aggregation: of a metric so used, each label is seen. */
  readonly whole: ReadonlySet<string>
}

/** Stands for a part of a name that is not known. */
const UNKNOWN = '\0'
const VARIABLE = /\$\{[^}]*\}|\[\[[^\]]*\]\]|\$[A-Za-z_][A-Za-z0-9_]*/g
const WILDCARD = /\.?[*+?]/g
const CHOSEN_BY_NAME =
  /__name__\s*=~\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`)|\bmetrics\(([^()]*)\)/g
/** Choosing all is a look at the names, not at a metric. */
const ALL = /^\^?\.[*+]\$?$/

/** Names, brackets, and everything else a character at a time is skipped. */
const TOKEN = /[A-Za-z0-9_:.\0/-]+|[()]/g
/** A minus or a slash may also be an operator between two names. */
const OPERATOR = /[/-]+/

const AGGREGATIONS = new Set(
  'sum avg min max count stddev stdvar group quantile count_values approx_topk'.split(' '),
)
/** With these, labels that are not named stay: they count as no aggregation. */
const KEEP_LABELS = /\b(?:without|topk|bottomk|limitk|limit_ratio|sort|sort_desc)\b/
const LISTS_LABELS = /\blabel_(?:values|names)\s*\(/

export class WordSet implements UsedWords {
  readonly words = new Set<string>()
  readonly globs = new Set<string>()
  readonly patterns = new Set<string>()
  readonly whole = new Set<string>()

  /** An expression, or a text that may hold one. */
  addText(text: string): void {
    for (const match of text.matchAll(CHOSEN_BY_NAME)) {
      const pattern = (match[1] ?? match[2] ?? match[3] ?? match[4] ?? '').trim()
      if (pattern !== '' && !ALL.test(pattern)) this.patterns.add(pattern.replace(VARIABLE, '.*'))
    }
    this.#addTokens(text.replace(VARIABLE, UNKNOWN))
  }

  /** A text of a rule: its patterns are globs or regular expressions. */
  addRuleText(text: string): void {
    this.#addTokens(text.replace(WILDCARD, UNKNOWN))
  }

  #addTokens(text: string): void {
    const seenWhole = KEEP_LABELS.test(text)
    const isList = LISTS_LABELS.test(text)
    const brackets: ('inside' | 'clause' | 'outside')[] = []
    let depth = 0
    /** What a bracket would be that opens now. */
    let next: (typeof brackets)[number] = 'outside'
    for (const [token] of text.matchAll(TOKEN)) {
      if (token === '(') {
        brackets.push(next)
        if (next !== 'outside') depth++
        next = 'outside'
      } else if (token === ')') {
        const closed = brackets.pop()
        if (closed !== undefined && closed !== 'outside') depth--
        // What follows `sum by (a)` is what is summed.
        next = closed === 'clause' ? 'inside' : 'outside'
      } else {
        this.#addWord(token, seenWhole || (depth === 0 && !isList))
        if (AGGREGATIONS.has(token)) next = 'inside'
        else next = next === 'inside' && token === 'by' ? 'clause' : 'outside'
      }
    }
  }

  #addWord(token: string, isWhole: boolean): void {
    const name = token.replace(/^[./-]+|[./-]+$/g, '')
    for (const word of new Set([name, ...name.split(OPERATOR)])) {
      if (word === '') continue
      if (!word.includes(UNKNOWN)) {
        this.words.add(word)
        if (isWhole) this.whole.add(word)
      } else if (/[A-Za-z0-9]/.test(word)) this.globs.add(word.replaceAll(UNKNOWN, '*'))
    }
  }
}
