/** The kinds of value that a condition can meet at run time. */
export const Kind = {
  nil: 0,
  bool: 1,
  int: 2,
  double: 3,
  string: 4,
  bytes: 5,
  map: 6,
  list: 7,
  traceId: 8,
  spanId: 9,
  time: 10,
  /** Messages that no condition can look into (a span's events, a point's exemplars): all it can ask is how many. */
  messages: 11,
  duration: 12,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

/** Indexed by kind, for messages. */
export const KIND_NAMES = [
  'nil',
  'bool',
  'int',
  'double',
  'string',
  'bytes',
  'map',
  'list',
  'trace id',
  'span id',
  'time',
  'messages',
  'duration',
]

/** How often a value can change within a batch: what is the same for a whole resource is evaluated once per resource. */
export const Level = { constant: 0, resource: 1, scope: 2, metric: 3, record: 4, event: 5 } as const
export type Level = (typeof Level)[keyof typeof Level]

/** What a condition said of a record. `failed`: it could not be evaluated; `Frame.failure` says why. */
export const Result = { no: 0, yes: 1, failed: 2 } as const
export type Result = (typeof Result)[keyof typeof Result]
