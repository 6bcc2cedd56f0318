/** Functions of the collector that conditions can't call here, and why: docs/adr/0004. */

const XML = 'it needs an XML parser; match the text with IsMatch or ExtractPatterns'
const LAMBDA = 'lambda expressions are an experiment of the collector behind a feature gate'

const BY_REASON: ReadonlyArray<readonly [reason: string, names: ReadonlyArray<string>]> = [
  [
    XML,
    [
      'ConvertAttributesToElementsXML',
      'ConvertTextToElementsXML',
      'GetXML',
      'InsertXML',
      'ParseSimplifiedXML',
      'ParseXML',
      'RemoveXML',
    ],
  ],
  [LAMBDA, ['All', 'Any', 'Filter', 'Find', 'MapEach', 'MapKeys', 'Reduce', 'When']],
  [
    'it needs a library of named patterns; write the expression out in ExtractPatterns',
    ['ExtractGrokPatterns'],
  ],
  ['it needs a database of browsers; match the text with IsMatch', ['UserAgent']],
  ['profiles are not stored', ['ProfileID']],
]

export const UNSUPPORTED_FUNCTIONS: ReadonlyMap<string, string> = new Map(
  BY_REASON.flatMap(([reason, names]) => names.map((name): [string, string] => [name, reason])),
)
