import { z } from 'zod'

/** The parts of the API's objects that Weir reads; what else they hold is dropped as they are read. */

const time = z.string().nullish()

const stateSchema = z.object({
  running: z.object({ startedAt: time }).nullish(),
  terminated: z
    .object({
      containerID: z.string().nullish(),
      exitCode: z.number().nullish(),
      reason: z.string().nullish(),
      startedAt: time,
      finishedAt: time,
    })
    .nullish(),
  waiting: z.object({ reason: z.string().nullish() }).nullish(),
})

const containerStatus = z.object({
  name: z.string(),
  containerID: z.string().nullish(),
  restartCount: z.number().nullish(),
  state: stateSchema.nullish(),
  lastState: stateSchema.nullish(),
})

const statuses = z.array(containerStatus).nullish()
const named = z.array(z.object({ name: z.string() })).nullish()

export const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string().nullish(),
    creationTimestamp: time,
    deletionTimestamp: time,
    labels: z.record(z.string(), z.string()).nullish(),
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().nullish() }))
      .nullish(),
  }),
  spec: z.object({
    nodeName: z.string().nullish(),
    initContainers: named,
    containers: named,
    ephemeralContainers: named,
  }),
  status: z
    .object({
      phase: z.string().nullish(),
      initContainerStatuses: statuses,
      containerStatuses: statuses,
      ephemeralContainerStatuses: statuses,
    })
    .nullish(),
})

export const namespaceSchema = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
})

export type NamespaceObject = z.output<typeof namespaceSchema>
export type PodObject = z.output<typeof podSchema>
export type ContainerStatusObject = z.output<typeof containerStatus>
export type ContainerStateObject = z.output<typeof stateSchema>

export const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string().nullish(), continue: z.string().nullish() }),
  items: z.array(z.unknown()).nullish(),
})

export const watchEventSchema = z.object({ type: z.string(), object: z.unknown() })

/** A bookmark's object, and any other's version. */
export const versionedSchema = z.object({ metadata: z.object({ resourceVersion: z.string().min(1) }) })

/** The object of an ERROR event. */
export const statusSchema = z.object({ code: z.number().nullish(), message: z.string().nullish() })
