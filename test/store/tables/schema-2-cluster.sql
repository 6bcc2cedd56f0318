CREATE TABLE IF NOT EXISTS weir.spans_local ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  AppId LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  Timestamp DateTime64(9, 'UTC') COMMENT 'start_time_unix_nano after the clock rules' CODEC(Delta(8), ZSTD(1)),
  Duration Int64 COMMENT 'Nanoseconds from start to end as sent; 0 without an end' CODEC(T64, ZSTD(1)),
  ResourceFingerprint UInt64 COMMENT 'Key into resources, with TenantId' CODEC(ZSTD(1)),
  GatewayId LowCardinality(String) CODEC(ZSTD(1)),
  Seq UInt64 COMMENT 'Order of receipt, unique per GatewayId' CODEC(Delta(8), ZSTD(1)),
  RetentionDays UInt16 COMMENT 'Days from Timestamp after which the row goes' CODEC(ZSTD(1)),
  Namespace LowCardinality(String) CODEC(ZSTD(1)),
  Pod LowCardinality(String) CODEC(ZSTD(1)),
  Container LowCardinality(String) CODEC(ZSTD(1)),
  TraceId FixedString(16) COMMENT 'Zeros where absent' CODEC(ZSTD(1)),
  SpanId FixedString(8) COMMENT 'Zeros where absent' CODEC(ZSTD(1)),
  ParentSpanId FixedString(8) COMMENT 'Zeros where absent' CODEC(ZSTD(1)),
  TraceState String CODEC(ZSTD(1)),
  TraceFlags UInt32 CODEC(ZSTD(1)),
  SpanName LowCardinality(String) CODEC(ZSTD(1)),
  SpanKind Int32 COMMENT 'Number of opentelemetry.proto.trace.v1.Span.SpanKind' CODEC(ZSTD(1)),
  StatusCode Int32 COMMENT '0 unset, 1 ok, 2 error' CODEC(ZSTD(1)),
  StatusMessage String CODEC(ZSTD(1)),
  ScopeName LowCardinality(String) CODEC(ZSTD(1)),
  ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
  ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
  ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  ScopeAttributeTypes LowCardinality(String) CODEC(ZSTD(1)),
  ScopeDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
  SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  SpanAttributeTypes LowCardinality(String) COMMENT 'A letter per attribute, in order: - none, s string, b bool, i int, d double, a array, k kvlist, B bytes' CODEC(ZSTD(1)),
  DroppedAttributesCount UInt32 CODEC(ZSTD(1)),
  DroppedEventsCount UInt32 CODEC(ZSTD(1)),
  DroppedLinksCount UInt32 CODEC(ZSTD(1)),
  `Events.Timestamp` Array(DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  `Events.Name` Array(LowCardinality(String)) CODEC(ZSTD(1)),
  `Events.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
  `Events.AttributeTypes` Array(LowCardinality(String)) CODEC(ZSTD(1)),
  `Events.DroppedAttributesCount` Array(UInt32) CODEC(ZSTD(1)),
  `Links.TraceId` Array(FixedString(16)) CODEC(ZSTD(1)),
  `Links.SpanId` Array(FixedString(8)) CODEC(ZSTD(1)),
  `Links.TraceState` Array(String) CODEC(ZSTD(1)),
  `Links.Flags` Array(UInt32) CODEC(ZSTD(1)),
  `Links.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
  `Links.AttributeTypes` Array(LowCardinality(String)) CODEC(ZSTD(1)),
  `Links.DroppedAttributesCount` Array(UInt32) CODEC(ZSTD(1)),
  INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 1,
  INDEX idx_seq Seq TYPE minmax GRANULARITY 1,
  INDEX idx_duration Duration TYPE minmax GRANULARITY 1,
  INDEX idx_trace_id if(empty(TraceId), '', lower(hex(TraceId))) TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/weir/spans_local', '{replica}')
PARTITION BY (toDate(Timestamp), RetentionDays)
ORDER BY (TenantId, AppId, Timestamp)
TTL toDateTime(Timestamp) + toIntervalDay(RetentionDays)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Spans, one row each';

CREATE TABLE IF NOT EXISTS weir.spans ON CLUSTER 'eu\'1' AS weir.spans_local
ENGINE = Distributed('eu\'1', 'weir', 'spans_local', ResourceFingerprint);

CREATE TABLE IF NOT EXISTS weir.trace_times_local ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  TraceId FixedString(16) CODEC(ZSTD(1)),
  Day Date CODEC(ZSTD(1)),
  RetentionDays UInt16 CODEC(ZSTD(1)),
  Start SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(Delta(8), ZSTD(1)),
  End SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(Delta(8), ZSTD(1)),
  INDEX idx_trace_id if(empty(TraceId), '', lower(hex(TraceId))) TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/weir/trace_times_local', '{replica}')
PARTITION BY (Day, RetentionDays)
ORDER BY (TenantId, TraceId)
TTL toDateTime(Day, 'UTC') + toIntervalDay(RetentionDays + 1)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'First start and last end of the spans of a trace, per UTC day of their start';

CREATE TABLE IF NOT EXISTS weir.trace_times ON CLUSTER 'eu\'1' AS weir.trace_times_local
ENGINE = Distributed('eu\'1', 'weir', 'trace_times_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS weir.metric_series_local ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  AppId LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  SeriesFingerprint UInt64 CODEC(ZSTD(1)),
  ResourceFingerprint UInt64 COMMENT 'Key into resources, with TenantId' CODEC(ZSTD(1)),
  Day Date COMMENT 'UTC day of the points\' TimeUnix' CODEC(ZSTD(1)),
  RetentionDays UInt16 COMMENT 'Days from Timestamp after which the row goes' CODEC(ZSTD(1)),
  Namespace LowCardinality(String) CODEC(ZSTD(1)),
  Pod LowCardinality(String) CODEC(ZSTD(1)),
  Container LowCardinality(String) CODEC(ZSTD(1)),
  MetricName LowCardinality(String) CODEC(ZSTD(1)),
  MetricType LowCardinality(String) COMMENT 'gauge, sum, histogram, exponential_histogram or summary' CODEC(ZSTD(1)),
  Temporality Int32 COMMENT '1 delta, 2 cumulative' CODEC(ZSTD(1)),
  IsMonotonic Bool CODEC(ZSTD(1)),
  Unit LowCardinality(String) CODEC(ZSTD(1)),
  Description String CODEC(ZSTD(1)),
  Metadata Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  MetadataTypes LowCardinality(String) CODEC(ZSTD(1)),
  ScopeName LowCardinality(String) CODEC(ZSTD(1)),
  ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
  ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
  ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  ScopeAttributeTypes LowCardinality(String) CODEC(ZSTD(1)),
  ScopeDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
  Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  AttributeTypes LowCardinality(String) COMMENT 'A letter per attribute, in order: - none, s string, b bool, i int, d double, a array, k kvlist, B bytes' CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/weir/metric_series_local', '{replica}')
PARTITION BY (Day, RetentionDays)
ORDER BY (TenantId, MetricName, SeriesFingerprint, Day)
TTL toDateTime(Day, 'UTC') + toIntervalDay(RetentionDays + 1)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Series of metrics, one row per fingerprint and UTC day';

CREATE TABLE IF NOT EXISTS weir.metric_series ON CLUSTER 'eu\'1' AS weir.metric_series_local
ENGINE = Distributed('eu\'1', 'weir', 'metric_series_local', ResourceFingerprint);

CREATE TABLE IF NOT EXISTS weir.samples_local ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  MetricName LowCardinality(String) CODEC(ZSTD(1)),
  SeriesFingerprint UInt64 COMMENT 'Key into metric_series, with TenantId and MetricName' CODEC(ZSTD(1)),
  ResourceFingerprint UInt64 COMMENT 'Key into resources, with TenantId' CODEC(ZSTD(1)),
  TimeUnix DateTime64(9, 'UTC') COMMENT 'time_unix_nano after the clock rules' CODEC(Delta(8), ZSTD(1)),
  StartTimeUnix DateTime64(9, 'UTC') COMMENT '1970 where unknown' CODEC(ZSTD(1)),
  Flags UInt32 COMMENT '1: no recorded value' CODEC(ZSTD(1)),
  GatewayId LowCardinality(String) CODEC(ZSTD(1)),
  Seq UInt64 COMMENT 'Order of receipt, unique per GatewayId' CODEC(Delta(8), ZSTD(1)),
  RetentionDays UInt16 COMMENT 'Days from Timestamp after which the row goes' CODEC(ZSTD(1)),
  Value Float64 CODEC(ZSTD(3)),
  IsInt Bool CODEC(ZSTD(1)),
  ExactInt Int64 COMMENT 'The int where no double is equal to it, else 0' CODEC(ZSTD(1)),
  INDEX idx_time TimeUnix TYPE minmax GRANULARITY 1,
  INDEX idx_seq Seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/weir/samples_local', '{replica}')
PARTITION BY (toDate(TimeUnix), RetentionDays)
ORDER BY (TenantId, MetricName, ResourceFingerprint, SeriesFingerprint, TimeUnix)
TTL toDateTime(TimeUnix) + toIntervalDay(RetentionDays)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Data points of gauges and sums';

CREATE TABLE IF NOT EXISTS weir.samples ON CLUSTER 'eu\'1' AS weir.samples_local
ENGINE = Distributed('eu\'1', 'weir', 'samples_local', ResourceFingerprint);

CREATE TABLE IF NOT EXISTS weir.histogram_samples_local ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  MetricName LowCardinality(String) CODEC(ZSTD(1)),
  SeriesFingerprint UInt64 COMMENT 'Key into metric_series, with TenantId and MetricName' CODEC(ZSTD(1)),
  ResourceFingerprint UInt64 COMMENT 'Key into resources, with TenantId' CODEC(ZSTD(1)),
  TimeUnix DateTime64(9, 'UTC') COMMENT 'time_unix_nano after the clock rules' CODEC(Delta(8), ZSTD(1)),
  StartTimeUnix DateTime64(9, 'UTC') COMMENT '1970 where unknown' CODEC(ZSTD(1)),
  Flags UInt32 COMMENT '1: no recorded value' CODEC(ZSTD(1)),
  GatewayId LowCardinality(String) CODEC(ZSTD(1)),
  Seq UInt64 COMMENT 'Order of receipt, unique per GatewayId' CODEC(Delta(8), ZSTD(1)),
  RetentionDays UInt16 COMMENT 'Days from Timestamp after which the row goes' CODEC(ZSTD(1)),
  Count UInt64 CODEC(T64, ZSTD(1)),
  Sum Float64 CODEC(ZSTD(3)),
  Min Float64 CODEC(ZSTD(3)),
  Max Float64 CODEC(ZSTD(3)),
  Present UInt8 COMMENT 'Which are there: 1 Sum, 2 Min, 4 Max' CODEC(ZSTD(1)),
  BucketCounts Array(UInt64) CODEC(T64, ZSTD(1)),
  ExplicitBounds Array(Float64) CODEC(ZSTD(1)),
  INDEX idx_time TimeUnix TYPE minmax GRANULARITY 1,
  INDEX idx_seq Seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/weir/histogram_samples_local', '{replica}')
PARTITION BY (toDate(TimeUnix), RetentionDays)
ORDER BY (TenantId, MetricName, ResourceFingerprint, SeriesFingerprint, TimeUnix)
TTL toDateTime(TimeUnix) + toIntervalDay(RetentionDays)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Data points of histograms';

CREATE TABLE IF NOT EXISTS weir.histogram_samples ON CLUSTER 'eu\'1' AS weir.histogram_samples_local
ENGINE = Distributed('eu\'1', 'weir', 'histogram_samples_local', ResourceFingerprint);

CREATE TABLE IF NOT EXISTS weir.exp_histogram_samples_local ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  MetricName LowCardinality(String) CODEC(ZSTD(1)),
  SeriesFingerprint UInt64 COMMENT 'Key into metric_series, with TenantId and MetricName' CODEC(ZSTD(1)),
  ResourceFingerprint UInt64 COMMENT 'Key into resources, with TenantId' CODEC(ZSTD(1)),
  TimeUnix DateTime64(9, 'UTC') COMMENT 'time_unix_nano after the clock rules' CODEC(Delta(8), ZSTD(1)),
  StartTimeUnix DateTime64(9, 'UTC') COMMENT '1970 where unknown' CODEC(ZSTD(1)),
  Flags UInt32 COMMENT '1: no recorded value' CODEC(ZSTD(1)),
  GatewayId LowCardinality(String) CODEC(ZSTD(1)),
  Seq UInt64 COMMENT 'Order of receipt, unique per GatewayId' CODEC(Delta(8), ZSTD(1)),
  RetentionDays UInt16 COMMENT 'Days from Timestamp after which the row goes' CODEC(ZSTD(1)),
  Count UInt64 CODEC(T64, ZSTD(1)),
  Sum Float64 CODEC(ZSTD(3)),
  Min Float64 CODEC(ZSTD(3)),
  Max Float64 CODEC(ZSTD(3)),
  Present UInt8 COMMENT 'Which are there: 1 Sum, 2 Min, 4 Max' CODEC(ZSTD(1)),
  Scale Int32 CODEC(ZSTD(1)),
  ZeroCount UInt64 CODEC(T64, ZSTD(1)),
  ZeroThreshold Float64 CODEC(ZSTD(1)),
  PositiveOffset Int32 CODEC(ZSTD(1)),
  PositiveBucketCounts Array(UInt64) CODEC(T64, ZSTD(1)),
  NegativeOffset Int32 CODEC(ZSTD(1)),
  NegativeBucketCounts Array(UInt64) CODEC(T64, ZSTD(1)),
  INDEX idx_time TimeUnix TYPE minmax GRANULARITY 1,
  INDEX idx_seq Seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/weir/exp_histogram_samples_local', '{replica}')
PARTITION BY (toDate(TimeUnix), RetentionDays)
ORDER BY (TenantId, MetricName, ResourceFingerprint, SeriesFingerprint, TimeUnix)
TTL toDateTime(TimeUnix) + toIntervalDay(RetentionDays)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Data points of exponential histograms';

CREATE TABLE IF NOT EXISTS weir.exp_histogram_samples ON CLUSTER 'eu\'1' AS weir.exp_histogram_samples_local
ENGINE = Distributed('eu\'1', 'weir', 'exp_histogram_samples_local', ResourceFingerprint);

CREATE TABLE IF NOT EXISTS weir.summary_samples_local ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  MetricName LowCardinality(String) CODEC(ZSTD(1)),
  SeriesFingerprint UInt64 COMMENT 'Key into metric_series, with TenantId and MetricName' CODEC(ZSTD(1)),
  ResourceFingerprint UInt64 COMMENT 'Key into resources, with TenantId' CODEC(ZSTD(1)),
  TimeUnix DateTime64(9, 'UTC') COMMENT 'time_unix_nano after the clock rules' CODEC(Delta(8), ZSTD(1)),
  StartTimeUnix DateTime64(9, 'UTC') COMMENT '1970 where unknown' CODEC(ZSTD(1)),
  Flags UInt32 COMMENT '1: no recorded value' CODEC(ZSTD(1)),
  GatewayId LowCardinality(String) CODEC(ZSTD(1)),
  Seq UInt64 COMMENT 'Order of receipt, unique per GatewayId' CODEC(Delta(8), ZSTD(1)),
  RetentionDays UInt16 COMMENT 'Days from Timestamp after which the row goes' CODEC(ZSTD(1)),
  Count UInt64 CODEC(T64, ZSTD(1)),
  Sum Float64 CODEC(ZSTD(3)),
  `ValueAtQuantiles.Quantile` Array(Float64) CODEC(ZSTD(1)),
  `ValueAtQuantiles.Value` Array(Float64) CODEC(ZSTD(1)),
  INDEX idx_time TimeUnix TYPE minmax GRANULARITY 1,
  INDEX idx_seq Seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/weir/summary_samples_local', '{replica}')
PARTITION BY (toDate(TimeUnix), RetentionDays)
ORDER BY (TenantId, MetricName, ResourceFingerprint, SeriesFingerprint, TimeUnix)
TTL toDateTime(TimeUnix) + toIntervalDay(RetentionDays)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Data points of summaries';

CREATE TABLE IF NOT EXISTS weir.summary_samples ON CLUSTER 'eu\'1' AS weir.summary_samples_local
ENGINE = Distributed('eu\'1', 'weir', 'summary_samples_local', ResourceFingerprint);

CREATE TABLE IF NOT EXISTS weir.exemplars_local ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  MetricName LowCardinality(String) CODEC(ZSTD(1)),
  SeriesFingerprint UInt64 COMMENT 'Key into metric_series, with TenantId and MetricName' CODEC(ZSTD(1)),
  ResourceFingerprint UInt64 COMMENT 'Key into resources, with TenantId' CODEC(ZSTD(1)),
  TimeUnix DateTime64(9, 'UTC') COMMENT 'time_unix_nano after the clock rules' CODEC(Delta(8), ZSTD(1)),
  StartTimeUnix DateTime64(9, 'UTC') COMMENT '1970 where unknown' CODEC(ZSTD(1)),
  Flags UInt32 COMMENT '1: no recorded value' CODEC(ZSTD(1)),
  GatewayId LowCardinality(String) CODEC(ZSTD(1)),
  Seq UInt64 COMMENT 'Order of receipt, unique per GatewayId' CODEC(Delta(8), ZSTD(1)),
  RetentionDays UInt16 COMMENT 'Days from Timestamp after which the row goes' CODEC(ZSTD(1)),
  ExemplarTime DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  Value Float64 CODEC(ZSTD(1)),
  IsInt Bool CODEC(ZSTD(1)),
  ExactInt Int64 COMMENT 'The int where no double is equal to it, else 0' CODEC(ZSTD(1)),
  TraceId FixedString(16) CODEC(ZSTD(1)),
  SpanId FixedString(8) CODEC(ZSTD(1)),
  FilteredAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  FilteredAttributeTypes LowCardinality(String) COMMENT 'A letter per attribute, in order: - none, s string, b bool, i int, d double, a array, k kvlist, B bytes' CODEC(ZSTD(1)),
  INDEX idx_time TimeUnix TYPE minmax GRANULARITY 1,
  INDEX idx_seq Seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/weir/exemplars_local', '{replica}')
PARTITION BY (toDate(TimeUnix), RetentionDays)
ORDER BY (TenantId, MetricName, ResourceFingerprint, SeriesFingerprint, TimeUnix)
TTL toDateTime(TimeUnix) + toIntervalDay(RetentionDays)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Exemplars of data points';

CREATE TABLE IF NOT EXISTS weir.exemplars ON CLUSTER 'eu\'1' AS weir.exemplars_local
ENGINE = Distributed('eu\'1', 'weir', 'exemplars_local', ResourceFingerprint);

CREATE OR REPLACE VIEW weir.otel_traces_local ON CLUSTER 'eu\'1' AS
SELECT
  span.Timestamp AS Timestamp,
  if(empty(span.TraceId), '', lower(hex(span.TraceId))) AS TraceId,
  if(empty(span.SpanId), '', lower(hex(span.SpanId))) AS SpanId,
  if(empty(span.ParentSpanId), '', lower(hex(span.ParentSpanId))) AS ParentSpanId,
  span.TraceState AS TraceState,
  span.SpanName AS SpanName,
  CAST(transform(span.SpanKind, [0, 1, 2, 3, 4, 5], ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'], ''), 'LowCardinality(String)') AS SpanKind,
  span.ServiceName AS ServiceName,
  resource.Attributes AS ResourceAttributes,
  CAST(span.ScopeName, 'String') AS ScopeName,
  CAST(span.ScopeVersion, 'String') AS ScopeVersion,
  span.SpanAttributes AS SpanAttributes,
  toUInt64(greatest(span.Duration, 0)) AS Duration,
  CAST(transform(span.StatusCode, [0, 1, 2], ['Unset', 'Ok', 'Error'], ''), 'LowCardinality(String)') AS StatusCode,
  span.StatusMessage AS StatusMessage,
  span.`Events.Timestamp` AS `Events.Timestamp`,
  span.`Events.Name` AS `Events.Name`,
  span.`Events.Attributes` AS `Events.Attributes`,
  arrayMap(id -> if(empty(id), '', lower(hex(id))), span.`Links.TraceId`) AS `Links.TraceId`,
  arrayMap(id -> if(empty(id), '', lower(hex(id))), span.`Links.SpanId`) AS `Links.SpanId`,
  span.`Links.TraceState` AS `Links.TraceState`,
  span.`Links.Attributes` AS `Links.Attributes`
FROM weir.spans_local AS span
ANY LEFT JOIN (SELECT TenantId, ResourceFingerprint, Day, Attributes FROM weir.resources_local) AS resource
ON span.TenantId = resource.TenantId AND span.ResourceFingerprint = resource.ResourceFingerprint AND toDate(span.Timestamp) = resource.Day;

CREATE OR REPLACE TABLE weir.otel_traces ON CLUSTER 'eu\'1' AS weir.otel_traces_local
ENGINE = Distributed('eu\'1', 'weir', 'otel_traces_local');

CREATE OR REPLACE VIEW weir.otel_traces_trace_id_ts_local ON CLUSTER 'eu\'1' AS
SELECT
  if(empty(times.TraceId), '', lower(hex(times.TraceId))) AS TraceId,
  toDateTime(times.Start, 'UTC') AS Start,
  toDateTime(times.End, 'UTC') AS End
FROM weir.trace_times_local AS times;

CREATE OR REPLACE TABLE weir.otel_traces_trace_id_ts ON CLUSTER 'eu\'1' AS weir.otel_traces_trace_id_ts_local
ENGINE = Distributed('eu\'1', 'weir', 'otel_traces_trace_id_ts_local');

CREATE OR REPLACE VIEW weir.otel_metrics_gauge_local ON CLUSTER 'eu\'1' AS
SELECT
  resource.Attributes AS ResourceAttributes,
  CAST(resource.SchemaUrl, 'String') AS ResourceSchemaUrl,
  CAST(series.ScopeName, 'String') AS ScopeName,
  CAST(series.ScopeVersion, 'String') AS ScopeVersion,
  series.ScopeAttributes AS ScopeAttributes,
  series.ScopeDroppedAttributesCount AS ScopeDroppedAttrCount,
  CAST(series.ScopeSchemaUrl, 'String') AS ScopeSchemaUrl,
  series.ServiceName AS ServiceName,
  point.MetricName AS MetricName,
  series.Description AS MetricDescription,
  CAST(series.Unit, 'String') AS MetricUnit,
  series.Attributes AS Attributes,
  toDateTime(point.StartTimeUnix, 'UTC') AS StartTimeUnix,
  toDateTime(point.TimeUnix, 'UTC') AS TimeUnix,
  point.Value AS Value,
  point.Flags AS Flags,
  exemplar.AttributeMaps AS `Exemplars.FilteredAttributes`,
  exemplar.Times AS `Exemplars.TimeUnix`,
  exemplar.Values AS `Exemplars.Value`,
  exemplar.SpanIds AS `Exemplars.SpanId`,
  exemplar.TraceIds AS `Exemplars.TraceId`
FROM weir.samples_local AS point
ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, Day, ServiceName, MetricType, Temporality, IsMonotonic, Unit, Description, ScopeName, ScopeVersion, ScopeSchemaUrl, ScopeAttributes, ScopeDroppedAttributesCount, Attributes FROM weir.metric_series_local) AS series
ON point.TenantId = series.TenantId AND point.MetricName = series.MetricName AND point.SeriesFingerprint = series.SeriesFingerprint AND toDate(point.TimeUnix) = series.Day
ANY LEFT JOIN (SELECT TenantId, ResourceFingerprint, Day, SchemaUrl, Attributes FROM weir.resources_local) AS resource
ON point.TenantId = resource.TenantId AND point.ResourceFingerprint = resource.ResourceFingerprint AND toDate(point.TimeUnix) = resource.Day
ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, TimeUnix AS PointTime, CAST(groupArray(FilteredAttributes), 'Array(Map(LowCardinality(String), String))') AS AttributeMaps, groupArray(toDateTime(ExemplarTime, 'UTC')) AS Times, groupArray(Value) AS Values, groupArray(if(empty(SpanId), '', lower(hex(SpanId)))) AS SpanIds, groupArray(if(empty(TraceId), '', lower(hex(TraceId)))) AS TraceIds
FROM weir.exemplars_local GROUP BY TenantId, MetricName, SeriesFingerprint, PointTime) AS exemplar
ON point.TenantId = exemplar.TenantId AND point.MetricName = exemplar.MetricName AND point.SeriesFingerprint = exemplar.SeriesFingerprint AND point.TimeUnix = exemplar.PointTime
WHERE series.MetricType = 'gauge';

CREATE OR REPLACE TABLE weir.otel_metrics_gauge ON CLUSTER 'eu\'1' AS weir.otel_metrics_gauge_local
ENGINE = Distributed('eu\'1', 'weir', 'otel_metrics_gauge_local');

CREATE OR REPLACE VIEW weir.otel_metrics_sum_local ON CLUSTER 'eu\'1' AS
SELECT
  resource.Attributes AS ResourceAttributes,
  CAST(resource.SchemaUrl, 'String') AS ResourceSchemaUrl,
  CAST(series.ScopeName, 'String') AS ScopeName,
  CAST(series.ScopeVersion, 'String') AS ScopeVersion,
  series.ScopeAttributes AS ScopeAttributes,
  series.ScopeDroppedAttributesCount AS ScopeDroppedAttrCount,
  CAST(series.ScopeSchemaUrl, 'String') AS ScopeSchemaUrl,
  series.ServiceName AS ServiceName,
  point.MetricName AS MetricName,
  series.Description AS MetricDescription,
  CAST(series.Unit, 'String') AS MetricUnit,
  series.Attributes AS Attributes,
  toDateTime(point.StartTimeUnix, 'UTC') AS StartTimeUnix,
  toDateTime(point.TimeUnix, 'UTC') AS TimeUnix,
  point.Value AS Value,
  point.Flags AS Flags,
  exemplar.AttributeMaps AS `Exemplars.FilteredAttributes`,
  exemplar.Times AS `Exemplars.TimeUnix`,
  exemplar.Values AS `Exemplars.Value`,
  exemplar.SpanIds AS `Exemplars.SpanId`,
  exemplar.TraceIds AS `Exemplars.TraceId`,
  series.Temporality AS AggregationTemporality,
  series.IsMonotonic AS IsMonotonic
FROM weir.samples_local AS point
ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, Day, ServiceName, MetricType, Temporality, IsMonotonic, Unit, Description, ScopeName, ScopeVersion, ScopeSchemaUrl, ScopeAttributes, ScopeDroppedAttributesCount, Attributes FROM weir.metric_series_local) AS series
ON point.TenantId = series.TenantId AND point.MetricName = series.MetricName AND point.SeriesFingerprint = series.SeriesFingerprint AND toDate(point.TimeUnix) = series.Day
ANY LEFT JOIN (SELECT TenantId, ResourceFingerprint, Day, SchemaUrl, Attributes FROM weir.resources_local) AS resource
ON point.TenantId = resource.TenantId AND point.ResourceFingerprint = resource.ResourceFingerprint AND toDate(point.TimeUnix) = resource.Day
ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, TimeUnix AS PointTime, CAST(groupArray(FilteredAttributes), 'Array(Map(LowCardinality(String), String))') AS AttributeMaps, groupArray(toDateTime(ExemplarTime, 'UTC')) AS Times, groupArray(Value) AS Values, groupArray(if(empty(SpanId), '', lower(hex(SpanId)))) AS SpanIds, groupArray(if(empty(TraceId), '', lower(hex(TraceId)))) AS TraceIds
FROM weir.exemplars_local GROUP BY TenantId, MetricName, SeriesFingerprint, PointTime) AS exemplar
ON point.TenantId = exemplar.TenantId AND point.MetricName = exemplar.MetricName AND point.SeriesFingerprint = exemplar.SeriesFingerprint AND point.TimeUnix = exemplar.PointTime
WHERE series.MetricType = 'sum';

CREATE OR REPLACE TABLE weir.otel_metrics_sum ON CLUSTER 'eu\'1' AS weir.otel_metrics_sum_local
ENGINE = Distributed('eu\'1', 'weir', 'otel_metrics_sum_local');

CREATE OR REPLACE VIEW weir.otel_metrics_histogram_local ON CLUSTER 'eu\'1' AS
SELECT
  resource.Attributes AS ResourceAttributes,
  CAST(resource.SchemaUrl, 'String') AS ResourceSchemaUrl,
  CAST(series.ScopeName, 'String') AS ScopeName,
  CAST(series.ScopeVersion, 'String') AS ScopeVersion,
  series.ScopeAttributes AS ScopeAttributes,
  series.ScopeDroppedAttributesCount AS ScopeDroppedAttrCount,
  CAST(series.ScopeSchemaUrl, 'String') AS ScopeSchemaUrl,
  series.ServiceName AS ServiceName,
  point.MetricName AS MetricName,
  series.Description AS MetricDescription,
  CAST(series.Unit, 'String') AS MetricUnit,
  series.Attributes AS Attributes,
  toDateTime(point.StartTimeUnix, 'UTC') AS StartTimeUnix,
  toDateTime(point.TimeUnix, 'UTC') AS TimeUnix,
  point.Count AS Count,
  point.Sum AS Sum,
  point.BucketCounts AS BucketCounts,
  point.ExplicitBounds AS ExplicitBounds,
  exemplar.AttributeMaps AS `Exemplars.FilteredAttributes`,
  exemplar.Times AS `Exemplars.TimeUnix`,
  exemplar.Values AS `Exemplars.Value`,
  exemplar.SpanIds AS `Exemplars.SpanId`,
  exemplar.TraceIds AS `Exemplars.TraceId`,
  point.Flags AS Flags,
  point.Min AS Min,
  point.Max AS Max,
  series.Temporality AS AggregationTemporality
FROM weir.histogram_samples_local AS point
ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, Day, ServiceName, MetricType, Temporality, IsMonotonic, Unit, Description, ScopeName, ScopeVersion, ScopeSchemaUrl, ScopeAttributes, ScopeDroppedAttributesCount, Attributes FROM weir.metric_series_local) AS series
ON point.TenantId = series.TenantId AND point.MetricName = series.MetricName AND point.SeriesFingerprint = series.SeriesFingerprint AND toDate(point.TimeUnix) = series.Day
ANY LEFT JOIN (SELECT TenantId, ResourceFingerprint, Day, SchemaUrl, Attributes FROM weir.resources_local) AS resource
ON point.TenantId = resource.TenantId AND point.ResourceFingerprint = resource.ResourceFingerprint AND toDate(point.TimeUnix) = resource.Day
ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, TimeUnix AS PointTime, CAST(groupArray(FilteredAttributes), 'Array(Map(LowCardinality(String), String))') AS AttributeMaps, groupArray(toDateTime(ExemplarTime, 'UTC')) AS Times, groupArray(Value) AS Values, groupArray(if(empty(SpanId), '', lower(hex(SpanId)))) AS SpanIds, groupArray(if(empty(TraceId), '', lower(hex(TraceId)))) AS TraceIds
FROM weir.exemplars_local GROUP BY TenantId, MetricName, SeriesFingerprint, PointTime) AS exemplar
ON point.TenantId = exemplar.TenantId AND point.MetricName = exemplar.MetricName AND point.SeriesFingerprint = exemplar.SeriesFingerprint AND point.TimeUnix = exemplar.PointTime
WHERE series.MetricType = 'histogram';

CREATE OR REPLACE TABLE weir.otel_metrics_histogram ON CLUSTER 'eu\'1' AS weir.otel_metrics_histogram_local
ENGINE = Distributed('eu\'1', 'weir', 'otel_metrics_histogram_local');

CREATE OR REPLACE VIEW weir.otel_metrics_exp_histogram_local ON CLUSTER 'eu\'1' AS
SELECT
  resource.Attributes AS ResourceAttributes,
  CAST(resource.SchemaUrl, 'String') AS ResourceSchemaUrl,
  CAST(series.ScopeName, 'String') AS ScopeName,
  CAST(series.ScopeVersion, 'String') AS ScopeVersion,
  series.ScopeAttributes AS ScopeAttributes,
  series.ScopeDroppedAttributesCount AS ScopeDroppedAttrCount,
  CAST(series.ScopeSchemaUrl, 'String') AS ScopeSchemaUrl,
  series.ServiceName AS ServiceName,
  point.MetricName AS MetricName,
  series.Description AS MetricDescription,
  CAST(series.Unit, 'String') AS MetricUnit,
  series.Attributes AS Attributes,
  toDateTime(point.StartTimeUnix, 'UTC') AS StartTimeUnix,
  toDateTime(point.TimeUnix, 'UTC') AS TimeUnix,
  point.Count AS Count,
  point.Sum AS Sum,
  point.Scale AS Scale,
  point.ZeroCount AS ZeroCount,
  point.PositiveOffset AS PositiveOffset,
  point.PositiveBucketCounts AS PositiveBucketCounts,
  point.NegativeOffset AS NegativeOffset,
  point.NegativeBucketCounts AS NegativeBucketCounts,
  exemplar.AttributeMaps AS `Exemplars.FilteredAttributes`,
  exemplar.Times AS `Exemplars.TimeUnix`,
  exemplar.Values AS `Exemplars.Value`,
  exemplar.SpanIds AS `Exemplars.SpanId`,
  exemplar.TraceIds AS `Exemplars.TraceId`,
  point.Flags AS Flags,
  point.Min AS Min,
  point.Max AS Max,
  series.Temporality AS AggregationTemporality
FROM weir.exp_histogram_samples_local AS point
ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, Day, ServiceName, MetricType, Temporality, IsMonotonic, Unit, Description, ScopeName, ScopeVersion, ScopeSchemaUrl, ScopeAttributes, ScopeDroppedAttributesCount, Attributes FROM weir.metric_series_local) AS series
ON point.TenantId = series.TenantId AND point.MetricName = series.MetricName AND point.SeriesFingerprint = series.SeriesFingerprint AND toDate(point.TimeUnix) = series.Day
ANY LEFT JOIN (SELECT TenantId, ResourceFingerprint, Day, SchemaUrl, Attributes FROM weir.resources_local) AS resource
ON point.TenantId = resource.TenantId AND point.ResourceFingerprint = resource.ResourceFingerprint AND toDate(point.TimeUnix) = resource.Day
ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, TimeUnix AS PointTime, CAST(groupArray(FilteredAttributes), 'Array(Map(LowCardinality(String), String))') AS AttributeMaps, groupArray(toDateTime(ExemplarTime, 'UTC')) AS Times, groupArray(Value) AS Values, groupArray(if(empty(SpanId), '', lower(hex(SpanId)))) AS SpanIds, groupArray(if(empty(TraceId), '', lower(hex(TraceId)))) AS TraceIds
FROM weir.exemplars_local GROUP BY TenantId, MetricName, SeriesFingerprint, PointTime) AS exemplar
ON point.TenantId = exemplar.TenantId AND point.MetricName = exemplar.MetricName AND point.SeriesFingerprint = exemplar.SeriesFingerprint AND point.TimeUnix = exemplar.PointTime
WHERE series.MetricType = 'exponential_histogram';

CREATE OR REPLACE TABLE weir.otel_metrics_exp_histogram ON CLUSTER 'eu\'1' AS weir.otel_metrics_exp_histogram_local
ENGINE = Distributed('eu\'1', 'weir', 'otel_metrics_exp_histogram_local');

CREATE OR REPLACE VIEW weir.otel_metrics_summary_local ON CLUSTER 'eu\'1' AS
SELECT
  resource.Attributes AS ResourceAttributes,
  CAST(resource.SchemaUrl, 'String') AS ResourceSchemaUrl,
  CAST(series.ScopeName, 'String') AS ScopeName,
  CAST(series.ScopeVersion, 'String') AS ScopeVersion,
  series.ScopeAttributes AS ScopeAttributes,
  series.ScopeDroppedAttributesCount AS ScopeDroppedAttrCount,
  CAST(series.ScopeSchemaUrl, 'String') AS ScopeSchemaUrl,
  series.ServiceName AS ServiceName,
  point.MetricName AS MetricName,
  series.Description AS MetricDescription,
  CAST(series.Unit, 'String') AS MetricUnit,
  series.Attributes AS Attributes,
  toDateTime(point.StartTimeUnix, 'UTC') AS StartTimeUnix,
  toDateTime(point.TimeUnix, 'UTC') AS TimeUnix,
  point.Count AS Count,
  point.Sum AS Sum,
  point.`ValueAtQuantiles.Quantile` AS `ValueAtQuantiles.Quantile`,
  point.`ValueAtQuantiles.Value` AS `ValueAtQuantiles.Value`,
  point.Flags AS Flags
FROM weir.summary_samples_local AS point
ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, Day, ServiceName, MetricType, Temporality, IsMonotonic, Unit, Description, ScopeName, ScopeVersion, ScopeSchemaUrl, ScopeAttributes, ScopeDroppedAttributesCount, Attributes FROM weir.metric_series_local) AS series
ON point.TenantId = series.TenantId AND point.MetricName = series.MetricName AND point.SeriesFingerprint = series.SeriesFingerprint AND toDate(point.TimeUnix) = series.Day
ANY LEFT JOIN (SELECT TenantId, ResourceFingerprint, Day, SchemaUrl, Attributes FROM weir.resources_local) AS resource
ON point.TenantId = resource.TenantId AND point.ResourceFingerprint = resource.ResourceFingerprint AND toDate(point.TimeUnix) = resource.Day
WHERE series.MetricType = 'summary';

CREATE OR REPLACE TABLE weir.otel_metrics_summary ON CLUSTER 'eu\'1' AS weir.otel_metrics_summary_local
ENGINE = Distributed('eu\'1', 'weir', 'otel_metrics_summary_local');
