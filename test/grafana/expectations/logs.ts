import { RANGE_MS, STEP_MS } from '../support/clock.ts'
import {
  bytesOf,
  type Expectations,
  isChosen,
  logLines,
  logMetric,
  type View,
} from '../support/expectation.ts'
import type { WorldLog } from '../support/world.ts'

const found =
  (view: View) =>
  ({ resource, body }: WorldLog): boolean =>
    isChosen(view, 'namespace', resource['k8s.namespace.name']) &&
    isChosen(view, 'service', resource['service.name']) &&
    new RegExp(String(view.choice.search), 'i').test(body)
const isError = ({ level }: WorldLog): boolean => level === 'error' || level === 'fatal'

export const logs: Expectations = {
  Lines: logMetric([], RANGE_MS, { where: found }),
  Bytes: logMetric([], RANGE_MS, { where: found, of: bytesOf }),
  Errors: logMetric([], RANGE_MS, { where: (view) => (log) => found(view)(log) && isError(log) }),
  'Lines by level': logMetric(['detected_level'], STEP_MS, { where: found }),
  'Who writes most/A': logMetric(['service_name'], RANGE_MS, { where: found, of: bytesOf }),
  'Who writes most/B': logMetric(['service_name'], RANGE_MS, { where: found }),
  'Bytes by service': logMetric(['service_name'], STEP_MS, { where: found, of: bytesOf }),
  'Newest lines': logLines(500, found),
}
