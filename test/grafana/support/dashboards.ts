import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** The dashboards as Grafana reads them: the committed files, not what wrote them. */

const reference = z.object({ type: z.string(), uid: z.string() })
const target = z.object({
  refId: z.string(),
  datasource: reference,
  expr: z.string().optional(),
  query: z.string().optional(),
  queryType: z.string().optional(),
  instant: z.boolean().optional(),
  range: z.boolean().optional(),
  exemplar: z.boolean().optional(),
  maxLines: z.number().optional(),
  limit: z.number().optional(),
})
const link = z.object({ title: z.string(), url: z.string().optional() })
const panel = z.object({
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  targets: z.array(target).optional(),
  fieldConfig: z
    .object({
      defaults: z.object({
        unit: z.string().optional(),
        noValue: z.string().optional(),
        links: z.array(link).optional(),
      }),
    })
    .optional(),
})
const variable = z.object({
  type: z.string(),
  name: z.string(),
  query: z.union([
    z.string(),
    z.object({ query: z.string().optional(), label: z.string().optional(), stream: z.string().optional() }),
  ]),
  datasource: reference.optional(),
  regex: z.string().optional(),
  multi: z.boolean().optional(),
  includeAll: z.boolean().optional(),
  allValue: z.string().optional(),
})
const dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  tags: z.array(z.string()),
  panels: z.array(panel),
  templating: z.object({ list: z.array(variable) }),
})

export type Target = z.output<typeof target>
export type Panel = z.output<typeof panel>
export type Variable = z.output<typeof variable>
export type Dashboard = z.output<typeof dashboard> & { readonly name: string; readonly text: string }

const FOLDER = fileURLToPath(new URL('../../../grafana/dashboards/', import.meta.url))

export const DASHBOARDS: ReadonlyArray<Dashboard> = readdirSync(FOLDER).map((file) => {
  const text = readFileSync(FOLDER + file, 'utf8')
  return { ...dashboard.parse(JSON.parse(text)), name: file.replace('.json', ''), text }
})

/** Panels that show data, without rows. */
export const panelsOf = ({ panels }: Dashboard): Panel[] => panels.filter(({ type }) => type !== 'row')
