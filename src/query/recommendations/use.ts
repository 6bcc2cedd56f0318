import { type NamedMetric, prometheusLabel, prometheusName } from '../../otlp/prometheus-names.ts'
import { matchesByteGlob } from '../../processors/byte-glob.ts'
import { matchesWhole } from '../logql/regex.ts'
import type { UsedWords } from './words.ts'

/** A metric with all types it was sent as. */
export type KnownMetric = { readonly metric: string; readonly as: ReadonlyArray<NamedMetric> }

const SUFFIXES = ['', '_bucket', '_count', '_sum', '_total']

const underscored = (name: string): string => name.replace(/[^A-Za-z0-9_:]/g, '_')

/** All that a metric may be called: as sent, as in Prometheus with its unit and type and without. */
function namesOf({ metric, as }: KnownMetric): string[] {
  const families = [underscored(metric), ...as.map(prometheusName)]
  const named = families.flatMap((family) => SUFFIXES.map((suffix) => family + suffix))
  return [...new Set([metric, ...named])]
}

/** Answers whether a name is used. Where it can't tell, it is. */
export class Use {
  readonly #words: UsedWords
  readonly #globs: ReadonlyArray<Buffer>
  readonly #patterns: ReadonlyArray<(name: string) => boolean>

  constructor(words: UsedWords) {
    this.#words = words
    this.#globs = [...words.globs].map((glob) => Buffer.from(glob))
    this.#patterns = [...words.patterns].map(matcherOf)
  }

  ofMetric(metric: KnownMetric): boolean {
    return namesOf(metric).some((name) => this.#has(name) || this.#patterns.some((matches) => matches(name)))
  }

  /** Whether each of the metric's labels may be seen: an expression shows it without aggregating. */
  ofAllLabels(metric: KnownMetric): boolean {
    const names = namesOf(metric)
    if (names.some((name) => this.#words.whole.has(name))) return true
    // How a metric is shown that is chosen by a pattern is not known.
    return !names.some((name) => this.#words.words.has(name))
  }

  ofLabel(label: string): boolean {
    return [label, prometheusLabel(label), underscored(label)].some((name) => this.#has(name))
  }

  #has(name: string): boolean {
    if (this.#words.words.has(name)) return true
    const bytes = Buffer.from(name)
    return this.#globs.some((glob) => matchesByteGlob(glob, bytes, 0, bytes.length))
  }
}

/** A pattern that can't be read might match anything. */
function matcherOf(pattern: string): (name: string) => boolean {
  try {
    return matchesWhole(pattern)
  } catch {
    return () => true
  }
}
