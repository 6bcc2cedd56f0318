import { z } from 'zod'

/** What Weir reads of a kubeconfig (`v1 Config`). Unknown keys are other tools' business; known ones it can't honour are refused. */
const cluster = z.object({
  server: z.string().min(1),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.string().optional(),
})

const exec = z.object({
  apiVersion: z.string(),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: z.boolean().optional(),
  interactiveMode: z.string().optional(),
})

const user = z.object({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  exec: exec.optional(),
  username: z.string().optional(),
  'auth-provider': z.unknown().optional(),
  as: z.string().optional(),
})

const context = z.object({ cluster: z.string(), user: z.string() })

function named<Shape extends z.ZodType, Key extends string>(key: Key, shape: Shape) {
  return z.array(z.object({ name: z.string(), [key]: shape } as { name: z.ZodString } & Record<Key, Shape>))
}

export const kubeconfigSchema = z.object({
  'current-context': z.string().optional(),
  clusters: named('cluster', cluster).nullish(),
  users: named('user', user).nullish(),
  contexts: named('context', context).nullish(),
})

export type KubeconfigCluster = z.output<typeof cluster>
export type KubeconfigUser = z.output<typeof user>
export type KubeconfigExec = z.output<typeof exec>
export type KubeconfigFile = z.output<typeof kubeconfigSchema>
