import type { Expectations } from '../support/expectation.ts'
import { cardinalityAndCost } from './cardinality-and-cost.ts'
import { kubernetesWorkloads } from './kubernetes-workloads.ts'
import { logs } from './logs.ts'
import { serviceRed } from './service-red.ts'
import { traces } from './traces.ts'
import { weirItself } from './weir-itself.ts'
import { workspaceOverview } from './workspace-overview.ts'

/** The truth of every query of every dashboard, by the name of its file. */
export const EXPECTATIONS: Readonly<Record<string, Expectations>> = {
  'cardinality-and-cost': cardinalityAndCost,
  'kubernetes-workloads': kubernetesWorkloads,
  logs,
  'service-red': serviceRed,
  traces,
  'weir-itself': weirItself,
  'workspace-overview': workspaceOverview,
}
