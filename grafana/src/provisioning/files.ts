import { stringify } from 'yaml'
import { dataSourcesOf } from './data-sources.ts'

const HEAD = `# Written by \`npm run dashboards\` from grafana/src: change it there.\n`

export type ProvisioningOptions = {
  readonly url: string
  readonly tenants: ReadonlyArray<string>
  readonly token?: string
}

/** Provisioning files replace $NAME and \${NAME} by the environment; what is Grafana's own variable is doubled. */
function escaped(value: unknown, token: string | undefined): unknown {
  if (typeof value === 'string') {
    if (token !== undefined && value === `Bearer ${token}`) return value
    return value.replaceAll('$', '$$$$')
  }
  if (Array.isArray(value)) return value.map((one) => escaped(one, token))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, escaped(one, token)]))
  return value
}

/** `provisioning/datasources/weir.yaml`. */
export function dataSourcesFile({ url, tenants, token }: ProvisioningOptions): string {
  const datasources = tenants.flatMap((tenant) =>
    dataSourcesOf({ url, tenant, ...(token === undefined ? {} : { token }) }),
  )
  return (
    HEAD +
    stringify({ apiVersion: 1, prune: true, datasources: escaped(datasources, token) }, { lineWidth: 0 })
  )
}

/** `provisioning/dashboards/weir.yaml`. */
export function dashboardsFile(path: string): string {
  const provider = {
    name: 'weir',
    folder: 'Weir',
    type: 'file',
    disableDeletion: true,
    allowUiUpdates: false,
    updateIntervalSeconds: 60,
    options: { path, foldersFromFilesStructure: false },
  }
  return HEAD + stringify({ apiVersion: 1, providers: [provider] })
}
