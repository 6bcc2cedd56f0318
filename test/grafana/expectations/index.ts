import type { Expectations } from '../support/expectation.ts'
import { kubernetesWorkloads } from './kubernetes-workloads.ts'

/** The truth of every query of every dashboard, by the name of its file. */
export const EXPECTATIONS: Readonly<Record<string, Expectations>> = {
  'kubernetes-workloads': kubernetesWorkloads,
}
