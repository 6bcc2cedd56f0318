import { z } from 'zod'
import { tenancy, tenancyShape, tenants, tenantsShape } from './access.ts'
import { leafMeta } from './fields.ts'
import { configSchema } from './schema.ts'
import { clickhouse, clickhouseShapes } from './sections.ts'

export type JsonSchema = {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  /** Of a map whose keys are names: what each of them holds. */
  readonly additionalProperties?: JsonSchema | boolean
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly [keyword: string]: unknown
}

/** Sections that have a short form: zod sees only "unknown" there, editors shall see both forms. */
const FORMS = new Map<z.core.$ZodType, () => JsonSchema>([
  [
    clickhouse.in,
    () => ({
      anyOf: [{ const: 'embedded' }, render(clickhouseShapes.embedded), render(clickhouseShapes.server)],
    }),
  ],
  [tenancy.in, () => ({ anyOf: [{ enum: ['single', 'multi'] }, render(tenancyShape)] })],
  [tenants.in, () => ({ anyOf: [{ const: '*' }, render(tenantsShape)] })],
])

function render(schema: z.core.$ZodType): JsonSchema {
  const { $schema: _, ...rendered } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const form = FORMS.get(zodSchema)?.() ?? leafMeta.get(zodSchema)?.jsonSchema
      if (form) Object.assign(jsonSchema, form)
    },
  })
  return rendered as JsonSchema
}

/** JSON Schema of weir.yaml as it is written (before substitution), for editors: weir.schema.json. */
export function configJsonSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'weir.yaml',
    ...render(configSchema),
  }
}

let root: JsonSchema | undefined

/** The keys that may stand in the map at `path`; empty where any key may. */
export function knownKeys(path: ReadonlyArray<string | number>): ReadonlyArray<string> {
  root ??= configJsonSchema()
  let here = forms(root)
  for (const key of path)
    here = here.flatMap((schema) => {
      const named = schema.properties?.[key] ?? schema.additionalProperties
      const next = typeof key === 'number' ? schema.items : named
      return typeof next === 'object' ? forms(next) : []
    })
  return [...new Set(here.flatMap((schema) => Object.keys(schema.properties ?? {})))]
}

/** Every path of the config whose last key is `name`. Lists are not entered. */
export function pathsNamed(name: string): ReadonlyArray<ReadonlyArray<string>> {
  root ??= configJsonSchema()
  const found: string[][] = []
  const visit = (schema: JsonSchema, path: string[]): void => {
    for (const form of forms(schema))
      for (const [key, child] of Object.entries(form.properties ?? {})) {
        if (key === name) found.push([...path, key])
        visit(child, [...path, key])
      }
  }
  visit(root, [])
  return found
}

function forms(schema: JsonSchema): JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(forms)]
}
