ALTER TABLE weir.ledger ON CLUSTER 'eu\'1'
  ADD COLUMN IF NOT EXISTS Rule LowCardinality(String) COMMENT 'Where the rule stands in the block of the processor that Reason names' CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS RuleId LowCardinality(String) COMMENT 'Hash of what the rule says: it stays when the rule moves' CODEC(ZSTD(1));
