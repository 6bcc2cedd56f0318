import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { DASHBOARDS } from './dashboards/index.ts'
import { dashboardsFile, dataSourcesFile, type ProvisioningOptions } from './provisioning/files.ts'

/**
 * `npm run dashboards`: writes grafana/dashboards and grafana/provisioning. `--check` writes nothing and ends with 1 if a file
 * is not as it would be written.
 */

const FOLDER = fileURLToPath(new URL('..', import.meta.url))

export type Options = ProvisioningOptions & {
  /** Where Grafana finds the dashboards. */
  readonly dashboards: string
}
/** What the repository's own files are made with. */
export const DEFAULTS: Options = {
  url: 'http://weir:3100',
  tenants: ['default'],
  dashboards: '/etc/grafana/weir/dashboards',
}

/** Every file by its path below grafana/. */
export function filesOf(options: Options): Map<string, string> {
  const files = new Map<string, string>()
  for (const [name, builder] of Object.entries(DASHBOARDS))
    files.set(`dashboards/${name}.json`, `${JSON.stringify(builder.build(), undefined, 2)}\n`)
  files.set('provisioning/datasources/weir.yaml', dataSourcesFile(options))
  files.set('provisioning/dashboards/weir.yaml', dashboardsFile(options.dashboards))
  return files
}

/** Sentences on what below `folder` is not as {@link filesOf} has it. */
export function staleFiles(folder: string, files: ReadonlyMap<string, string>): string[] {
  const found = ['dashboards', 'provisioning'].flatMap((part) =>
    readdirSync(join(folder, part), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replace(/^\//, '')),
  )
  const left = found.filter((path) => !files.has(path)).map((path) => `${path}: nothing writes it`)
  const other = [...files].flatMap(([path, text]) => {
    if (!found.includes(path)) return [`${path}: is missing`]
    return readFileSync(join(folder, path), 'utf8') === text ? [] : [`${path}: is not what grafana/src says`]
  })
  return [...left, ...other]
}

function write(folder: string, files: ReadonlyMap<string, string>): void {
  for (const part of ['dashboards', 'provisioning'])
    rmSync(join(folder, part), { recursive: true, force: true })
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

type Arguments = {
  readonly check?: true
  readonly tenants: string
  readonly url: string
  readonly token?: string
  readonly dashboards: string
  readonly out: string
}

if (import.meta.main) {
  const program = new Command('dashboards')
    .description('Writes the dashboards and the provisioning files of Grafana.')
    .option('--check', 'write nothing; end with 1 if a file is not as it would be written')
    .option(
      '--tenants <names>',
      'tenants that get data sources, separated by commas',
      DEFAULTS.tenants.join(','),
    )
    .option('--url <url>', "Weir's API, as Grafana's server reaches it", DEFAULTS.url)
    .option(
      '--token <reference>',
      "bearer token, as Grafana's files name it: $WEIR_TOKEN, $__file{/run/secrets/weir}",
    )
    .option('--dashboards <path>', 'where Grafana finds the dashboards', DEFAULTS.dashboards)
    .option('--out <folder>', 'folder to write to', FOLDER)
    .parse()
  const { tenants, token, url, dashboards, check, out } = program.opts<Arguments>()
  const files = filesOf({
    url,
    dashboards,
    tenants: tenants.split(','),
    ...(token === undefined ? {} : { token }),
  })
  if (check === undefined) write(out, files)
  const stale = check === undefined ? [] : staleFiles(out, files)
  for (const line of stale) console.error(`grafana/${line}; run npm run dashboards`)
  process.exitCode = stale.length > 0 ? 1 : 0
}
