import { stringify } from 'yaml'
import { readConfig, type SelectLogsConfig } from '../config.ts'
import { selectLogsKind } from '../kind.ts'
import { dropConditions } from './conditions.ts'
import { extractionOf, unsetAttributes } from './extraction.ts'
import { logPaths } from './log-paths.ts'

export type CollectorOptions = {
  /** Where Weir takes OTLP/gRPC, with its scheme: `http://weir:4317`. */
  readonly endpoint: string
  /** The variable that holds the collector's credential; undefined for none. */
  readonly tokenVariable?: string | undefined
  /** The kubelet's folder of pod logs. */
  readonly logsFolder: string
  /** The collector's own folder, where it remembers how far it has read. */
  readonly stateFolder: string
  /** The log attribute for the container runtime's stamp: `logs.sourceTimeAttribute`. */
  readonly sourceTimeAttribute: string
}

/** The `select_logs` of a configuration that drop something. */
export function activeSelections(processors: Readonly<Record<string, unknown>>): SelectLogsConfig[] {
  return Object.entries(processors).flatMap(([name, value]) => {
    if (name !== selectLogsKind.kind && !name.startsWith(`${selectLogsKind.kind}/`)) return []
    const parsed = readConfig(value)
    return 'config' in parsed && !parsed.config.dryRun ? [parsed.config] : []
  })
}

/** As a collector's configuration has it: a dollar begins a variable there, and two are one. */
function dollarsDoubled(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$')
  if (Array.isArray(value)) return value.map(dollarsDoubled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, dollarsDoubled(item)]))
}

function receiver(selects: ReadonlyArray<SelectLogsConfig>, options: CollectorOptions): object {
  return {
    ...logPaths(selects, options.logsFolder),
    start_at: 'beginning',
    include_file_path: true,
    include_file_name: false,
    // By default the spaces where the runtime cut a long line are lost, and lines differ from those of the live tail.
    preserve_trailing_whitespaces: true,
    storage: 'file_storage',
    // Waits for Weir instead of throwing lines away.
    retry_on_failure: { enabled: true, max_elapsed_time: 0 },
    operators: [
      { type: 'container' },
      // To the nanosecond, also where a later step reads another time out of the line.
      {
        type: 'add',
        field: `attributes[${JSON.stringify(options.sourceTimeAttribute)}]`,
        value: 'EXPR(string(timestamp.UnixNano()))',
      },
      { type: 'remove', field: 'attributes["log.file.path"]' },
      { type: 'remove', field: 'attributes.logtag', if: 'attributes.logtag != nil' },
    ],
  }
}

/** The collector's configuration, as a value. */
export function collectorConfig(
  selects: ReadonlyArray<SelectLogsConfig>,
  options: CollectorOptions,
): Readonly<Record<string, unknown>> {
  const { endpoint, tokenVariable, stateFolder } = options
  const conditions = selects.flatMap(dropConditions)
  const filter =
    conditions.length === 0 ? {} : { filter: { error_mode: 'ignore', log_conditions: conditions } }
  const written = dollarsDoubled({
    receivers: { file_log: receiver(selects, options) },
    processors: {
      memory_limiter: { check_interval: '1s', limit_percentage: 80, spike_limit_percentage: 20 },
      k8s_attributes: {
        auth_type: 'serviceAccount',
        filter: { node_from_env_var: 'K8S_NODE_NAME' },
        wait_for_metadata: true,
        wait_for_metadata_timeout: '60s',
        extract: extractionOf(selects),
        pod_association: [{ sources: [{ from: 'resource_attribute', name: 'k8s.pod.uid' }] }],
      },
      ...filter,
    },
  })
  return {
    extensions: { file_storage: { directory: stateFolder, create_directory: true } },
    ...(written as object),
    exporters: {
      otlp_grpc: {
        // The exporter takes TLS for granted, whatever the scheme says.
        endpoint: endpoint.replace(/^https?:\/\//, ''),
        tls: { insecure: !endpoint.startsWith('https://') },
        compression: 'gzip',
        ...(tokenVariable === undefined
          ? {}
          : { headers: { authorization: `Bearer \${env:${tokenVariable}}` } }),
        retry_on_failure: { enabled: true, max_elapsed_time: 0 },
        sending_queue: {
          enabled: true,
          storage: 'file_storage',
          sizer: 'items',
          queue_size: 100_000,
          block_on_overflow: true,
          batch: { flush_timeout: '1s', sizer: 'items', min_size: 1000, max_size: 10_000 },
        },
      },
    },
    service: {
      extensions: ['file_storage'],
      pipelines: {
        logs: {
          receivers: ['file_log'],
          processors: ['memory_limiter', 'k8s_attributes', ...Object.keys(filter)],
          exporters: ['otlp_grpc'],
        },
      },
    },
  }
}

const HEAD = `# OpenTelemetry Collector (contrib or k8s, 0.162 or later), one on every node: reads the logs of pods that
# select_logs keeps and sends them to Weir. Made by \`weir rules export --collector\`: change the rules and make it again.
# Weir applies the same rules to what it receives; a file that is older than the rules may send less than they would keep.
`

function notes(selects: ReadonlyArray<SelectLogsConfig>): string[] {
  const optIn = selects.some(({ annotation, include }) => annotation !== '' && include.length > 0)
  const unset = unsetAttributes(selects)
  return [
    ...(selects.length === 0 ? ['No select_logs drops anything: all logs are read.'] : []),
    ...(optIn
      ? [
          'Files of all namespaces are opened, since any pod may opt in by annotation: `annotation: off` in select_logs narrows them.',
        ]
      : []),
    ...unset.map(
      (name) => `${name} is set on nothing by this collector: entries that ask for it see it missing.`,
    ),
  ]
}

/** The same as YAML, with what is to be known of it. */
export function collectorYaml(selects: ReadonlyArray<SelectLogsConfig>, options: CollectorOptions): string {
  const comments = notes(selects).map((note) => `# ${note}\n`)
  return `${HEAD}${comments.join('')}${stringify(collectorConfig(selects, options), { lineWidth: 0 })}`
}
