import { describe, expect, test } from 'vitest'
import { migrations } from '../../../src/store/migrations/steps.ts'
import { watermarks } from '../../../src/store/tables/control.ts'
import { alterTable, createTable, type SchemaTarget } from '../../../src/store/tables/ddl.ts'
import { logs } from '../../../src/store/tables/logs.ts'
import { resources } from '../../../src/store/tables/resources.ts'
import type { Table } from '../../../src/store/tables/table.ts'

// The embedded build runs neither ON CLUSTER nor replicated tables, so what is rendered for a cluster is held
// here word by word: a change shows in review. The single-server DDL runs in the other tests.
const single: SchemaTarget = { database: 'weir', textIndex: 'text' }
const cluster: SchemaTarget = { database: 'weir', cluster: "eu'1", textIndex: 'text' }

/** `logs`, `spans` and a new column, as a later version would declare them. */
const grown: Table = {
  ...(logs as unknown as Table),
  columns: [
    ...(logs as unknown as Table).columns.slice(0, 1),
    { ...(logs as unknown as Table).columns[1]!, name: 'Colour', type: 'String', codec: 'ZSTD(1)', since: 2 },
  ],
  indexes: [
    { name: 'idx_colour', expression: 'Colour', type: 'minmax', granularity: 1, since: 2 },
    { name: 'idx_words', expression: 'lower(Colour)', type: 'full_text', granularity: 8, since: 2 },
  ],
}

describe('createTable', () => {
  test('in a cluster: a replicated table per node and a Distributed one over them', () => {
    expect(createTable(resources, cluster, 1).join(';\n\n')).toMatchInlineSnapshot(`
      "CREATE TABLE IF NOT EXISTS weir.resources_local ON CLUSTER 'eu\\'1'
      (
        TenantId LowCardinality(String) CODEC(ZSTD(1)),
        ResourceFingerprint UInt64 CODEC(ZSTD(1)),
        Day Date COMMENT 'UTC day of the rows\\' Timestamp' CODEC(ZSTD(1)),
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

      CREATE TABLE IF NOT EXISTS weir.resources ON CLUSTER 'eu\\'1' AS weir.resources_local
      ENGINE = Distributed('eu\\'1', 'weir', 'resources_local', ResourceFingerprint)"
    `)
  })

  test('in a cluster: a table without a shard key is replicated to every node', () => {
    expect(createTable(watermarks, cluster, 1).join(';\n\n')).toMatchInlineSnapshot(`
      "CREATE TABLE IF NOT EXISTS weir.watermarks ON CLUSTER 'eu\\'1'
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
      COMMENT 'Per gateway: what is acknowledged and what of it is not inserted yet'"
    `)
  })

  test.each([
    ['text', "INDEX idx_body lower(Body) TYPE text(tokenizer = 'splitByNonAlpha')\n"],
    ['tokenbf', 'INDEX idx_body lower(Body) TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8\n'],
  ] as const)('words of bodies: %s', (textIndex, line) => {
    expect(createTable(logs, { ...single, textIndex }, 1)[0]).toContain(line)
  })

  test('words of bodies: none', () => {
    expect(createTable(logs, { ...single, textIndex: 'none' }, 1)[0]).not.toContain('idx_body')
  })

  test('leaves out what later versions add', () => {
    const [created] = createTable(grown, single, 1)
    expect(created).not.toContain('Colour')
    expect(createTable(grown, single, 2)[0]).toContain('Colour String')
  })

  test('quotes names that need it', () => {
    expect(createTable(watermarks, { ...single, database: 'my`db' }, 1)[0]).toContain('`my\\`db`.watermarks')
  })
})

describe('alterTable', () => {
  test('adds what a version added, columns to the Distributed table too', () => {
    expect(alterTable(grown, cluster, 2).join(';\n\n')).toMatchInlineSnapshot(`
      "ALTER TABLE weir.logs_local ON CLUSTER 'eu\\'1'
        ADD COLUMN IF NOT EXISTS Colour String CODEC(ZSTD(1)),
        ADD INDEX IF NOT EXISTS idx_colour Colour TYPE minmax GRANULARITY 1,
        ADD INDEX IF NOT EXISTS idx_words lower(Colour) TYPE text(tokenizer = 'splitByNonAlpha');

      ALTER TABLE weir.logs ON CLUSTER 'eu\\'1'
        ADD COLUMN IF NOT EXISTS Colour String CODEC(ZSTD(1))"
    `)
    expect(alterTable(grown, { ...single, textIndex: 'none' }, 2)).toHaveLength(1)
    expect(alterTable(grown, single, 3)).toEqual([])
  })
})

test.each(
  migrations.flatMap(({ version }) => [
    [`schema-${version}.sql`, version, single] as const,
    [`schema-${version}-cluster.sql`, version, cluster] as const,
  ]),
)('a step as a whole: %s', async (file, version, target) => {
  const text = migrations[version - 1]!.statements(target).join(';\n\n')
  await expect(`${text};\n`).toMatchFileSnapshot(`./${file}`)
})
