CREATE TABLE IF NOT EXISTS weir.resources_local ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  ResourceFingerprint UInt64 CODEC(ZSTD(1)),
  Day Date COMMENT 'UTC day of the rows\' Timestamp' CODEC(ZSTD(1)),
  RetentionDays UInt16 COMMENT 'The longest class in use' CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  AppId LowCardinality(String) CODEC(ZSTD(1)),
  Environment LowCardinality(String) CODEC(ZSTD(1)),
  Cluster LowCardinality(String) CODEC(ZSTD(1)),
  Namespace LowCardinality(String) CODEC(ZSTD(1)),
  Pod LowCardinality(String) CODEC(ZSTD(1)),
  Container LowCardinality(String) CODEC(ZSTD(1)),
  SchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
  Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  AttributeTypes LowCardinality(String) CODEC(ZSTD(1)),
  DroppedAttributesCount UInt32 CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/weir/resources_local', '{replica}')
PARTITION BY (Day, RetentionDays)
ORDER BY (TenantId, ResourceFingerprint, Day)
TTL toDateTime(Day, 'UTC') + toIntervalDay(RetentionDays + 1)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Resources, one row per fingerprint and UTC day';

CREATE TABLE IF NOT EXISTS weir.resources ON CLUSTER 'eu\'1' AS weir.resources_local
ENGINE = Distributed('eu\'1', 'weir', 'resources_local', ResourceFingerprint);

CREATE TABLE IF NOT EXISTS weir.logs_local ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  AppId LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  Timestamp DateTime64(9, 'UTC') COMMENT 'time_unix_nano after the clock rules' CODEC(Delta(8), ZSTD(1)),
  ObservedTimestamp DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  SourceTime DateTime64(9, 'UTC') COMMENT 'Stamp of the container runtime, else Timestamp' CODEC(Delta(8), ZSTD(1)),
  ResourceFingerprint UInt64 COMMENT 'Key into resources, with TenantId' CODEC(ZSTD(1)),
  GatewayId LowCardinality(String) CODEC(ZSTD(1)),
  Seq UInt64 COMMENT 'Order of receipt, unique per GatewayId' CODEC(Delta(8), ZSTD(1)),
  RetentionDays UInt16 COMMENT 'Days from Timestamp after which the row goes' CODEC(ZSTD(1)),
  Namespace LowCardinality(String) CODEC(ZSTD(1)),
  Pod LowCardinality(String) CODEC(ZSTD(1)),
  Container LowCardinality(String) CODEC(ZSTD(1)),
  TraceId FixedString(16) COMMENT 'Zeros where absent' CODEC(ZSTD(1)),
  SpanId FixedString(8) COMMENT 'Zeros where absent' CODEC(ZSTD(1)),
  TraceFlags UInt32 CODEC(ZSTD(1)),
  SeverityText LowCardinality(String) CODEC(ZSTD(1)),
  SeverityNumber Int32 CODEC(ZSTD(1)),
  Body String COMMENT 'Text; arrays and lists as JSON, bytes as base64' CODEC(ZSTD(3)),
  BodyType LowCardinality(String) COMMENT 'Letter of the kind, as in LogAttributeTypes' CODEC(ZSTD(1)),
  EventName LowCardinality(String) CODEC(ZSTD(1)),
  ScopeName LowCardinality(String) CODEC(ZSTD(1)),
  ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
  ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
  ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  ScopeAttributeTypes LowCardinality(String) CODEC(ZSTD(1)),
  ScopeDroppedAttributesCount UInt32 CODEC(ZSTD(1)),
  LogAttributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  LogAttributeTypes LowCardinality(String) COMMENT 'A letter per attribute, in order: - none, s string, b bool, i int, d double, a array, k kvlist, B bytes' CODEC(ZSTD(1)),
  DroppedAttributesCount UInt32 CODEC(ZSTD(1)),
  INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 1,
  INDEX idx_seq Seq TYPE minmax GRANULARITY 1,
  INDEX idx_pod Pod TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_trace_id if(empty(TraceId), '', lower(hex(TraceId))) TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX idx_body lower(Body) TYPE text(tokenizer = 'splitByNonAlpha')
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/weir/logs_local', '{replica}')
PARTITION BY (toDate(Timestamp), RetentionDays)
ORDER BY (TenantId, AppId, Timestamp)
TTL toDateTime(Timestamp) + toIntervalDay(RetentionDays)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Log records, one row each';

CREATE TABLE IF NOT EXISTS weir.logs ON CLUSTER 'eu\'1' AS weir.logs_local
ENGINE = Distributed('eu\'1', 'weir', 'logs_local', ResourceFingerprint);

CREATE TABLE IF NOT EXISTS weir.ledger ON CLUSTER 'eu\'1'
(
  TenantId LowCardinality(String) CODEC(ZSTD(1)),
  Time DateTime64(3, 'UTC') COMMENT 'Of the commit' CODEC(Delta(8), ZSTD(1)),
  GatewayId LowCardinality(String) CODEC(ZSTD(1)),
  Seq UInt64 CODEC(Delta(8), ZSTD(1)),
  Signal LowCardinality(String) CODEC(ZSTD(1)),
  Kind LowCardinality(String) COMMENT 'received, generated, stored, dropped or rejected' CODEC(ZSTD(1)),
  Reason LowCardinality(String) COMMENT 'Rule or reason' CODEC(ZSTD(1)),
  Records UInt64 CODEC(ZSTD(1)),
  Bytes UInt64 COMMENT 'On the wire' CODEC(ZSTD(1)),
  INDEX idx_time Time TYPE minmax GRANULARITY 1,
  INDEX idx_seq Seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/weir/ledger', '{shard}-{replica}')
PARTITION BY toYYYYMM(Time)
ORDER BY (TenantId, Signal, Kind, Reason, Time)
TTL toDateTime(Time) + toIntervalDay(400)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'received + generated = stored + dropped + rejected, per commit';

CREATE TABLE IF NOT EXISTS weir.watermarks ON CLUSTER 'eu\'1'
(
  GatewayId String,
  PublishedAt DateTime64(3, 'UTC'),
  NextSeq UInt64 COMMENT 'No row at or above it is acknowledged',
  OldestSeq UInt64 COMMENT 'Oldest acknowledged row not yet inserted, else NextSeq',
  OldestTime DateTime64(9, 'UTC') COMMENT 'Its Timestamp; when nothing waits, PublishedAt',
  State LowCardinality(String) COMMENT 'running, or gone: drained and stopped for good'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/weir/watermarks', '{shard}-{replica}', PublishedAt)
ORDER BY (GatewayId)
TTL toDateTime(PublishedAt) + toIntervalDay(90)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Per gateway: what is acknowledged and what of it is not inserted yet';

CREATE TABLE IF NOT EXISTS weir.config_versions ON CLUSTER 'eu\'1'
(
  AppliedAt DateTime64(3, 'UTC'),
  GatewayId LowCardinality(String),
  Hash String COMMENT 'SHA-256 of Text, lower hex',
  Text String COMMENT 'YAML, secrets masked' CODEC(ZSTD(3)),
  Diff String COMMENT 'Unified, against the version before' CODEC(ZSTD(3)),
  AppliedBy LowCardinality(String) COMMENT 'start, signal, or who called the API'
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/weir/config_versions', '{shard}-{replica}')
ORDER BY (AppliedAt, GatewayId)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Every configuration that a gateway applied';

CREATE OR REPLACE VIEW weir.otel_logs_local ON CLUSTER 'eu\'1' AS
SELECT
  log.Timestamp AS Timestamp,
  if(empty(log.TraceId), '', lower(hex(log.TraceId))) AS TraceId,
  if(empty(log.SpanId), '', lower(hex(log.SpanId))) AS SpanId,
  toUInt8(log.TraceFlags) AS TraceFlags,
  log.SeverityText AS SeverityText,
  toUInt8(log.SeverityNumber) AS SeverityNumber,
  log.ServiceName AS ServiceName,
  log.Body AS Body,
  resource.SchemaUrl AS ResourceSchemaUrl,
  resource.Attributes AS ResourceAttributes,
  log.ScopeSchemaUrl AS ScopeSchemaUrl,
  CAST(log.ScopeName, 'String') AS ScopeName,
  log.ScopeVersion AS ScopeVersion,
  log.ScopeAttributes AS ScopeAttributes,
  log.LogAttributes AS LogAttributes,
  CAST(log.EventName, 'String') AS EventName,
  CAST(resource.Attributes['k8s.cluster.name'], 'LowCardinality(String)') AS `__otel_materialized_k8s.cluster.name`,
  CAST(resource.Attributes['k8s.container.name'], 'LowCardinality(String)') AS `__otel_materialized_k8s.container.name`,
  CAST(resource.Attributes['k8s.deployment.name'], 'LowCardinality(String)') AS `__otel_materialized_k8s.deployment.name`,
  CAST(resource.Attributes['k8s.namespace.name'], 'LowCardinality(String)') AS `__otel_materialized_k8s.namespace.name`,
  CAST(resource.Attributes['k8s.node.name'], 'LowCardinality(String)') AS `__otel_materialized_k8s.node.name`,
  CAST(resource.Attributes['k8s.pod.name'], 'LowCardinality(String)') AS `__otel_materialized_k8s.pod.name`,
  CAST(resource.Attributes['k8s.pod.uid'], 'LowCardinality(String)') AS `__otel_materialized_k8s.pod.uid`,
  CAST(resource.Attributes['deployment.environment.name'], 'LowCardinality(String)') AS `__otel_materialized_deployment.environment.name`
FROM weir.logs_local AS log
ANY LEFT JOIN (SELECT TenantId, ResourceFingerprint, Day, SchemaUrl, Attributes FROM weir.resources_local) AS resource
ON log.TenantId = resource.TenantId AND log.ResourceFingerprint = resource.ResourceFingerprint AND toDate(log.Timestamp) = resource.Day;

CREATE OR REPLACE TABLE weir.otel_logs ON CLUSTER 'eu\'1' AS weir.otel_logs_local
ENGINE = Distributed('eu\'1', 'weir', 'otel_logs_local');
