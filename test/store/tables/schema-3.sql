CREATE TABLE IF NOT EXISTS weir.query_usage
(
  TenantId LowCardinality(String),
  Day Date COMMENT 'UTC day of the query',
  Kind LowCardinality(String) COMMENT 'label or metric',
  Name String,
  RecordedAt DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(RecordedAt)
ORDER BY (TenantId, Day, Kind, Name)
TTL toDateTime(Day, 'UTC') + toIntervalDay(400)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Names of labels and metrics that queries used, by day';
