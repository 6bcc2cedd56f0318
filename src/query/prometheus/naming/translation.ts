import type { Config } from '../../../config/schema.ts'
import { type NamedMetric, prometheusLabel, prometheusName } from '../../../otlp/prometheus-names.ts'

/** How names read, by `query.translationStrategy`. */
export type Translation = {
  /** Of a metric family; empty where nothing of it can be a name. */
  readonly family: (metric: NamedMetric) => string
  readonly label: (attribute: string) => string
}

const asSent = (text: string): string => text

/** The family's words, as they are: no unit, no type. */
const withoutSuffixes = ({ name }: NamedMetric): string =>
  prometheusName({ name, unit: '', type: 'gauge', monotonic: false })

/** The name as it was sent, with the suffixes that its unit and type would give an escaped one. */
function unescapedWithSuffixes(metric: NamedMetric): string {
  const suffix = prometheusName({ ...metric, name: 'x' }).slice(1)
  const stem = suffix.endsWith('_total') ? metric.name.replace(/_total$/, '') : metric.name
  const unit = suffix.replace(/_total$/, '')
  return `${stem.endsWith(unit) ? stem : stem + unit}${suffix.slice(unit.length)}`
}

export function translationOf(strategy: Config['query']['translationStrategy']): Translation {
  switch (strategy) {
    case 'UnderscoreEscapingWithSuffixes':
      return { family: prometheusName, label: prometheusLabel }
    case 'UnderscoreEscapingWithoutSuffixes':
      return { family: withoutSuffixes, label: prometheusLabel }
    case 'NoUTF8EscapingWithSuffixes':
      return { family: unescapedWithSuffixes, label: asSent }
    case 'NoTranslation':
      return { family: ({ name }) => name, label: asSent }
  }
}
