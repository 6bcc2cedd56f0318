import { z } from 'zod'
import { ConfigError } from '../../config/load.ts'
import { formatPath } from '../../config/path.ts'
import { ApiError, errorBody } from '../errors.ts'
import { readParameters } from '../http/parameters.ts'
import { parsed } from '../parameters/fields.ts'
import { type ApiResponse, json, type Route } from '../route.ts'
import type { ConfigControl } from './control.ts'

export type ConfigRouteOptions = { readonly config: ConfigControl }

const names = z.array(z.string())
const valueChange = z.strictObject({
  path: z.string(),
  before: z.string().optional(),
  after: z.string().optional(),
})
const changes = z.strictObject({
  added: names,
  removed: names,
  changed: z.array(z.strictObject({ processor: z.string(), changes: z.array(valueChange) })),
  reordered: z.boolean(),
  needsRestart: names,
})
const reloaded = z.strictObject({
  status: z.enum(['applied', 'unchanged']),
  hash: z.string(),
  previousHash: z.string(),
  changes,
  warnings: names,
})

/** `POST /api/v1/config/reload`: puts the processors of the config file in force (docs/api.md). */
export function reloadRoute({ config }: ConfigRouteOptions): Route {
  return {
    path: '/api/v1/config/reload',
    methods: ['POST'],
    access: 'admin',
    doc: { summary: 'Reads the config file anew and puts its processors in force', answer: reloaded },
    async handle({ callerName, requestId }) {
      try {
        return json(config.reload(callerName))
      } catch (error) {
        if (error instanceof ConfigError) return refused(error, requestId)
        throw error
      }
    },
  }
}

/** The error of every endpoint, and beside it each thing that is wrong with its place in the file. */
function refused({ issues }: ConfigError, requestId: string): ApiResponse {
  const count = issues.length === 1 ? 'One error' : `${issues.length} errors`
  const error = new ApiError(
    'invalid_config',
    `${count} in the config: nothing has changed. Correct the file and reload again.`,
  )
  const places = issues.map(({ path, message, line, column }) => ({
    path: formatPath(path),
    ...(line === undefined ? {} : { line, column }),
    message,
  }))
  return json({ ...errorBody(error, requestId), issues: places }, error.status)
}

const inForce = z.strictObject({ hash: z.string(), text: z.string() })

/** `GET /api/v1/config`: what runs, secrets masked. */
export function configRoute({ config }: ConfigRouteOptions): Route {
  return {
    path: '/api/v1/config',
    methods: ['GET'],
    access: 'operator',
    doc: { summary: 'The configuration in force, every default filled in, secrets masked', answer: inForce },
    async handle() {
      const { hash, text } = config.inForce()
      return json({ hash, text })
    },
  }
}

const VERSIONS_MAX = 100
const VERSIONS_DEFAULT = 20

const versionsParameters = z.object({
  limit: parsed((text) => {
    const count = /^\d{1,3}$/.test(text) ? Number(text) : 0
    return count >= 1 && count <= VERSIONS_MAX
      ? count
      : { problem: `is out of range: expected a whole number from 1 to ${VERSIONS_MAX}` }
  })
    .default(VERSIONS_DEFAULT)
    .describe(`Versions, 1 to ${VERSIONS_MAX}`),
})

const versions = z.strictObject({
  versions: z.array(
    z.strictObject({
      appliedAt: z.string(),
      gatewayId: z.string(),
      hash: z.string(),
      appliedBy: z.string(),
      diff: z.string(),
      text: z.string(),
    }),
  ),
})

/** `GET /api/v1/config/versions`: every configuration that a gateway of this database applied, newest first. */
export function configVersionsRoute({ config }: ConfigRouteOptions): Route {
  return {
    path: '/api/v1/config/versions',
    methods: ['GET'],
    access: 'operator',
    doc: {
      summary: 'Configurations that were applied, newest first, each with its diff to the one before',
      parameters: versionsParameters,
      answer: versions,
    },
    async handle({ query, signal }) {
      const { limit } = readParameters(versionsParameters, query)
      const stored = await config.versions(limit, signal)
      return json({
        versions: stored.map(({ appliedMs, gatewayId, hash, appliedBy, diff, text }) => ({
          ...{ appliedAt: new Date(appliedMs).toISOString(), gatewayId, hash, appliedBy, diff, text },
        })),
      })
    },
  }
}
