import { z } from 'zod'
import { byteSize, forms, isMap, text, wholeNumber } from './fields.ts'
import { podAccess } from './pod-access.ts'

/** Clusters whose pods are tailed at their kubelets: the section `kubernetes`. */

const HOUR_MS = 3_600_000
const KiB = 1024
const MiB = 1024 ** 2

const path = () => text({ expected: 'the path of a kubeconfig', lengthMax: 4096 })

const cluster = z.strictObject({
  kubeconfig: z
    .array(path())
    .max(10)
    .prefault([])
    .describe('Files, merged as KUBECONFIG is. Empty: the cluster that this gateway is a pod of.'),
  context: text({ expected: 'a context of the kubeconfig' }).optional(),
  namespace: text({ expected: 'a namespace', pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/ })
    .optional()
    .describe('Only pods of this one: rights on it are enough then.'),
})

/** `in-cluster`, or a map. */
const clusterForms = forms('in-cluster, or a map with kubeconfig, context, namespace', (value) => {
  if (value === 'in-cluster') return { schema: cluster, input: {} }
  return isMap(value) ? { schema: cluster, input: value } : undefined
})

export const kubernetes = z.strictObject({
  clusters: z
    .record(text({ expected: 'the name of a cluster', pattern: /^[A-Za-z0-9._-]{1,63}$/ }), clusterForms)
    .prefault({})
    .describe(
      'By name, as the resource attribute k8s.cluster.name has it: in-cluster, or {kubeconfig, context, namespace}. Live lines of their containers come from the kubelets.',
    ),
  containerLogAttributes: z
    .array(text({ expected: 'the name of an attribute', lengthMax: 256 }))
    .min(1)
    .max(10)
    .prefault(['log.iostream', 'log.file.path'])
    .describe('A received log record with one of these attributes was read from the log of its container.'),
  seamMarginMs: wholeNumber({ min: 1000, max: HOUR_MS })
    .prefault(30_000)
    .describe(
      'How long collectors may hold lines: so much before the newest stored line the kubelet is read.',
    ),
  podsMax: wholeNumber({ min: 1, max: 1_000_000 }).prefault(20_000).describe('Pods watched per cluster.'),
  containersMax: wholeNumber({ min: 1, max: 100_000 })
    .prefault(2000)
    .describe('Containers followed at once per cluster; lines of others come as they are received.'),
  followsPerNodeMax: wholeNumber({ min: 1, max: 10_000 })
    .prefault(64)
    .describe('Open follows per node: each costs its kubelet an inotify instance. Others are polled.'),
  followsMax: wholeNumber({ min: 1, max: 100_000 }).prefault(1000).describe('The same per cluster.'),
  opensPerSecond: wholeNumber({ min: 1, max: 10_000 })
    .prefault(20)
    .describe('Log requests begun per second and cluster.'),
  lineBytesMax: byteSize({ min: KiB, max: 16 * MiB })
    .prefault('256KiB')
    .describe('The rest of a longer line is cut off.'),
  ringBytesMax: byteSize({ min: KiB, max: 64 * MiB })
    .prefault('128KiB')
    .describe('Lines of a container that are kept for viewers that come later, while there are any.'),
  access: podAccess.prefault({}).describe('Who may follow which pods.'),
})
