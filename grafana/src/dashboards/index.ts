import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { cardinalityAndCost } from './cardinality-and-cost.ts'
import { kubernetesWorkloads } from './kubernetes-workloads.ts'
import { logs } from './logs.ts'
import { serviceRed } from './service-red.ts'
import { traces } from './traces.ts'
import { weirItself } from './weir-itself.ts'
import { workspaceOverview } from './workspace-overview.ts'

/** Every dashboard, by the name of its file. */
export const DASHBOARDS: Readonly<Record<string, DashboardBuilder>> = {
  'workspace-overview': workspaceOverview,
  'kubernetes-workloads': kubernetesWorkloads,
  'service-red': serviceRed,
  logs,
  traces,
  'cardinality-and-cost': cardinalityAndCost,
  'weir-itself': weirItself,
}
