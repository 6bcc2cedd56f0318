/**
 * Log rows as a gateway would commit them, made inside ClickHouse from `numbers()`, so that 10 M rows take
 * seconds and every candidate gets the same ones. Everything is a hash of the row number: the same call gives
 * the same rows, and ids are as incompressible as random ones.
 *
 * Shape: rows arrive in runs of 10 of one container (a collector batches by resource); 20 tenants of Zipf-like
 * sizes (about 1/k), 15 apps each (also about 1/k), 6 pods an app that a rollout replaces every 9 h, two containers;
 * six of ten apps carry trace ids (about 3 to 9 rows a trace, across apps), one of four apps has no
 * service.name. Bodies are 12 templates with words, numbers, ids, JSON and stack traces.
 */
export type Generation = {
  readonly rows: number
  /** First row's time, seconds since 1970. */
  readonly startSeconds: number
  readonly rowsPerSecond: number
  /** Distinct pods of an app; 6 unless the cost of many pods is what is measured. */
  readonly podsPerApp?: number
}

const RUN = 10
export const TENANTS = 20
export const APPS_PER_TENANT = 15

/** In about one row of 10,000. */
export const RARE_WORD = 'quiescefault'

const WORDS =
  'account address allocation archive backend balance batch bucket cache cancel capacity cart catalog charge checkout client cluster commit config connection consumer container customer delivery deployment discount driver element endpoint envelope event export gateway header import index ingest invoice item journal ledger limit listener location lock message method migration monitor network notification object order packet page partition payment pipeline policy price product profile queue quota record refund region replica report request reservation response retry route schedule schema search segment session shard shipment signal snapshot source stock storage stream subscription table target task tenant thread ticket token topic trace transfer upload usage user vendor version voucher warehouse webhook worker'
    .split(' ')
    .map((word) => `'${word}'`)

const SERVICES =
  'checkout cart catalog payment shipping search recommendation identity gateway inventory notification billing ledger frontend scheduler'
    .split(' ')
    .map((word) => `'${word}'`)

const wordAt = (salt: number) => `words[1 + cityHash64(number, ${salt}) % ${WORDS.length}]`
const numberUpTo = (limit: number, salt: number) => `toString(cityHash64(number, ${salt}) % ${limit})`
const shortId = (salt: number) => `lower(hex(toUInt32(cityHash64(number, ${salt}))))`
const longId = (salt: number) => `lower(hex(sipHash128(number, ${salt})))`

const BODIES: ReadonlyArray<string> = [
  `concat('handled ', method, ' ', path, ' in ', ${numberUpTo(900, 1)}, ' ms with status ', status)`,
  `concat('request completed: ', ${wordAt(2)}, ' for user ', ${numberUpTo(1e6, 3)}, ' took ', ${numberUpTo(4000, 4)}, ' us')`,
  `concat('{"level":"info","msg":"', ${wordAt(5)}, ' ', ${wordAt(6)}, ' accepted","id":"', ${shortId(7)}, '","attempt":', ${numberUpTo(5, 8)}, ',"elapsed_ms":', ${numberUpTo(700, 9)}, '}')`,
  `concat('cache ', if(cityHash64(number, 10) % 4 = 0, 'miss', 'hit'), ' for key ', ${wordAt(11)}, ':', ${numberUpTo(50000, 12)})`,
  `concat('consumed message from topic ', ${wordAt(13)}, '-events partition ', ${numberUpTo(24, 14)}, ' offset ', toString(1000000 + number))`,
  `concat('10.', ${numberUpTo(8, 15)}, '.', ${numberUpTo(250, 16)}, '.', ${numberUpTo(250, 17)}, ' - - "', method, ' ', path, ' HTTP/1.1" ', status, ' ', ${numberUpTo(20000, 18)}, ' "-" "Mozilla/5.0 (X11; Linux x86_64)"')`,
  `concat('updated ', ${wordAt(19)}, ' ', ${wordAt(20)}, ' id=', ${shortId(21)}, ' version=', ${numberUpTo(40, 22)})`,
  `concat('scheduled ', ${wordAt(23)}, ' job ', ${longId(24)}, ' to run in ', ${numberUpTo(3600, 25)}, ' s')`,
  `concat('connection pool ', ${wordAt(26)}, ': ', ${numberUpTo(50, 27)}, ' active, ', ${numberUpTo(50, 28)}, ' idle, ', ${numberUpTo(5, 29)}, ' waiting')`,
  `concat('slow query on ', ${wordAt(30)}, ': SELECT * FROM ', ${wordAt(31)}, ' WHERE id = ', ${numberUpTo(1e6, 32)}, ' (', ${numberUpTo(9000, 33)}, ' ms)')`,
  `concat('retrying ', ${wordAt(34)}, ' after timeout, attempt ', ${numberUpTo(5, 35)}, ' of 5, upstream ', service, '-', ${numberUpTo(9, 36)}, '.internal:8080')`,
  `concat('unhandled error while processing ', ${wordAt(37)}, ' ', ${shortId(38)}, ': java.lang.IllegalStateException: ', ${wordAt(39)}, ' is not ', ${wordAt(40)}, '\\n\\tat com.example.', ${wordAt(41)}, '.Handler.apply(Handler.java:', ${numberUpTo(400, 42)}, ')\\n\\tat com.example.core.Pipeline.run(Pipeline.java:118)\\n\\tat java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1144)\\n\\tat java.base/java.lang.Thread.run(Thread.java:833)')`,
]

function bodySql(): string {
  const branches = BODIES.slice(0, -1).map((body, at) => `template = ${at + 1}, ${body}`)
  return `multiIf(${branches.join(', ')}, ${BODIES.at(-1)})`
}

const zipf = (hash: string, count: number) =>
  `toUInt32(floor(exp(((${hash}) % 1000003) / 1000003 * log(${count + 1}))))`

/** The tenant of that rank, 1 being the largest. */
export const tenantName = (rank: number): string => `ws-${String(rank).padStart(4, '0')}`

/** A SELECT of `rows` rows in order of arrival, with the columns of `logs`. */
export function generateSql({ rows, startSeconds, rowsPerSecond, podsPerApp = 6 }: Generation): string {
  const runNanos = Math.round((RUN / rowsPerSecond) * 1e9)
  return `
WITH
  [${WORDS.join(',')}] AS words, [${SERVICES.join(',')}] AS services,
  ['GET','GET','GET','POST','POST','PUT','DELETE'] AS methods, ['200','200','200','200','201','204','400','404','500'] AS statuses,
  intDiv(number, ${RUN}) AS run, number % ${RUN} AS i, cityHash64(run, 1) AS h,
  toInt64(${startSeconds}) * 1000000000 + toInt64(run) * ${runNanos} AS arrival,
  ${zipf('h', TENANTS)} AS tenant, ${zipf('cityHash64(run, 2)', APPS_PER_TENANT)} AS app,
  cityHash64(tenant, app) AS appHash, services[app] AS service,
  intDiv(toUInt32(arrival / 1000000000) + app * 3600, 32400) AS rollout, cityHash64(run, 3) % ${podsPerApp} AS podIndex,
  if(cityHash64(run, 4) % 10 = 0, 'proxy', service) AS container,
  concat(service, '-', substring(lower(hex(cityHash64(appHash, rollout))), 1, 10), '-', substring(lower(hex(cityHash64(appHash, rollout, podIndex))), 1, 5)) AS pod,
  ${zipf('cityHash64(number, 5)', BODIES.length)} AS rank, 1 + (rank + appHash % 5) % ${BODIES.length} AS template,
  methods[1 + cityHash64(number, 6) % 7] AS method, statuses[1 + cityHash64(number, 7) % 9] AS status,
  concat('/api/v', toString(1 + appHash % 3), '/', words[1 + (appHash + cityHash64(number, 8) % 7) % ${WORDS.length}], '/', ${numberUpTo(20000, 9)}) AS path,
  appHash % 10 < 6 AS traced, appHash % 10 < 7 AS instrumented,
  arrival - 4000000000 + i * 400000000 + toInt64(cityHash64(number, 10) % 399999999) AS nanos,
  if(app % 3 = 1, nanos - nanos % 1000, nanos) AS time
SELECT
  concat('ws-', leftPad(toString(tenant), 4, '0')) AS TenantId,
  concat('app-', substring(lower(hex(appHash)), 1, 12)) AS AppId,
  if(appHash % 4 = 0, '', service) AS ServiceName,
  fromUnixTimestamp64Nano(time, 'UTC') AS Timestamp,
  fromUnixTimestamp64Nano(time + toInt64(150000 + cityHash64(number, 11) % 180000000), 'UTC') AS ObservedTimestamp,
  fromUnixTimestamp64Nano(time + if(app % 3 = 0, toInt64(40000 + cityHash64(number, 12) % 3000000), 0), 'UTC') AS SourceTime,
  sipHash64(pod, container) AS ResourceFingerprint,
  if(run % 2 = 0, 'gw-5f0c6f0e2a', 'gw-91b3d7c844') AS GatewayId,
  bitShiftLeft(toUInt64(intDiv(arrival, 100000000) * 100), 20) + (number % 1000000) AS Seq,
  toUInt16(if(tenant % 5 = 0, 14, 30)) AS RetentionDays,
  concat('ws-', toString(tenant), if(app % 4 = 0, '-staging', '-production')) AS Namespace,
  pod AS Pod, container AS Container,
  if(traced, sipHash128(tenant, intDiv(run, 12), intDiv(i, 3)), toFixedString('', 16)) AS TraceId,
  if(traced, reinterpretAsFixedString(sipHash64(run, intDiv(i, 2))), toFixedString('', 8)) AS SpanId,
  toUInt32(traced) AS TraceFlags,
  multiIf(not instrumented, '', template = 12, 'ERROR', template IN (10, 11), 'WARN', template = 4, 'DEBUG', 'INFO') AS SeverityText,
  toUInt8(multiIf(not instrumented, 0, template = 12, 17, template IN (10, 11), 13, template = 4, 5, 9)) AS SeverityNumber,
  concat(${bodySql()}, if(cityHash64(number, 13) % 10000 = 0, ' ${RARE_WORD}', '')) AS Body,
  's' AS BodyType, '' AS EventName,
  if(instrumented, concat('com.example.', service), '') AS ScopeName, if(instrumented, '1.4.2', '') AS ScopeVersion,
  map() AS ScopeAttributes, '' AS ScopeAttributeTypes, '' AS ScopeSchemaUrl, toUInt32(0) AS ScopeDroppedAttributesCount,
  multiIf(
    not instrumented, map('log.iostream', if(template = 12, 'stderr', 'stdout'), 'logtag', 'F'),
    template = 12, map('http.request.method', method, 'http.response.status_code', '500', 'exception.type', 'java.lang.IllegalStateException', 'exception.message', words[1 + cityHash64(number, 39) % ${WORDS.length}], 'thread.name', concat('worker-', ${numberUpTo(16, 14)})),
    cityHash64(number, 15) % 5 = 0, map('http.request.method', method, 'http.response.status_code', status, 'url.path', path, 'request.id', ${longId(16)}, 'user.id', ${numberUpTo(1e6, 17)}, 'duration_ms', toString((cityHash64(number, 18) % 90000) / 100)),
    map('http.request.method', method, 'http.response.status_code', status, 'url.path', path, 'user.id', ${numberUpTo(1e6, 17)}, 'duration_ms', toString((cityHash64(number, 18) % 90000) / 100), 'thread.name', concat('worker-', ${numberUpTo(16, 14)}))) AS LogAttributes,
  multiIf(not instrumented, 'ss', template = 12, 'sisss', cityHash64(number, 15) % 5 = 0, 'sissid', 'sisids') AS LogAttributeTypes,
  toUInt32(0) AS DroppedAttributesCount
FROM numbers(${rows})`
}
