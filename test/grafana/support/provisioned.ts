import { parse } from 'yaml'
import { z } from 'zod'

/** A provisioned data source as Grafana has it in memory. */
const source = z.object({
  name: z.string(),
  uid: z.string(),
  type: z.string(),
  url: z.string(),
  access: z.literal('proxy'),
  editable: z.boolean(),
  jsonData: z.record(z.string(), z.unknown()),
  secureJsonData: z.record(z.string(), z.string()),
})
const file = z.strictObject({ apiVersion: z.literal(1), prune: z.boolean(), datasources: z.array(source) })
export type DataSource = z.output<typeof source>

/** Grafana's expansion of provisioning files: `$$` is a `$`, names come from the environment. */
function expanded(value: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string')
    return value.replace(/\$\$|\$(\w+)|\$\{(\w+)\}/g, (whole, plain, braced) =>
      whole === '$$' ? '$' : (env[plain ?? braced] ?? ''),
    )
  if (Array.isArray(value)) return value.map((one) => expanded(one, env))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expanded(one, env)]))
}

/** Reads `provisioning/datasources/*.yaml`. Throws if Grafana would not take it. */
export function readDataSources(text: string, env: Readonly<Record<string, string>> = {}): DataSource[] {
  return file.parse(expanded(parse(text), env)).datasources
}

/** The headers that Grafana adds to each request of a data source. */
export function headersOf({ jsonData, secureJsonData }: DataSource): Record<string, string> {
  return Object.fromEntries(
    Object.entries(jsonData).flatMap(([key, name]) => {
      const number = /^httpHeaderName(\d+)$/.exec(key)?.[1]
      return number === undefined ? [] : [[String(name), secureJsonData[`httpHeaderValue${number}`]!]]
    }),
  )
}
