import { z } from 'zod'
import type { Transport } from './transport.ts'

/** A user as Kubernetes knows one. */
export type KubernetesUser = {
  readonly username: string
  readonly uid?: string
  readonly groups?: ReadonlyArray<string>
  readonly extra?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** What a user wants to do; the empty API group is the core's. */
export type AccessRequest = {
  readonly user: KubernetesUser
  readonly verb: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

const ANSWER_BYTES_MAX = 2 ** 20

const accessSchema = z.object({
  status: z.object({
    allowed: z.boolean().nullish(),
    denied: z.boolean().nullish(),
    evaluationError: z.string().nullish(),
  }),
})

const tokenSchema = z.object({
  status: z.object({
    authenticated: z.boolean().nullish(),
    user: z
      .object({
        username: z.string().nullish(),
        uid: z.string().nullish(),
        groups: z.array(z.string()).nullish(),
        extra: z.record(z.string(), z.array(z.string())).nullish(),
      })
      .nullish(),
  }),
})

/** Whether the cluster lets a user do this (SubjectAccessReview). Anything but a clear yes is a no. */
export async function reviewAccess(
  transport: Transport,
  request: AccessRequest,
  signal: AbortSignal,
): Promise<boolean> {
  const { user, ...resourceAttributes } = request
  const { username, ...rest } = user
  const what = 'ask what a user may see'
  const answer = await review(transport, what, 'authorization.k8s.io', 'SubjectAccessReview', signal, {
    ...rest,
    user: username,
    resourceAttributes,
  })
  const { status } = parsed(transport, what, accessSchema, answer)
  return status.allowed === true && status.denied !== true
}

/** Whose token this is (TokenReview), or undefined if the cluster does not know it. */
export async function reviewToken(
  transport: Transport,
  token: string,
  audiences: ReadonlyArray<string>,
  signal: AbortSignal,
): Promise<KubernetesUser | undefined> {
  const what = 'ask whose token this is'
  const spec = { token, ...(audiences.length === 0 ? {} : { audiences }) }
  const answer = await review(transport, what, 'authentication.k8s.io', 'TokenReview', signal, spec)
  const { authenticated, user } = parsed(transport, what, tokenSchema, answer).status
  if (authenticated !== true || !user?.username) return undefined
  return {
    username: user.username,
    ...(user.uid ? { uid: user.uid } : {}),
    groups: user.groups ?? [],
    extra: user.extra ?? {},
  }
}

const RESOURCES = {
  SubjectAccessReview: 'subjectaccessreviews.authorization.k8s.io',
  TokenReview: 'tokenreviews.authentication.k8s.io',
} as const

function review(
  transport: Transport,
  what: string,
  group: string,
  kind: keyof typeof RESOURCES,
  signal: AbortSignal,
  spec: unknown,
): Promise<unknown> {
  const path = `/apis/${group}/v1/${kind.toLowerCase()}s`
  const right = { verb: 'create', resource: RESOURCES[kind] } as const
  const body = { apiVersion: `${group}/v1`, kind, spec }
  return transport.json({ what, right, method: 'POST', path, body, signal }, ANSWER_BYTES_MAX)
}

function parsed<Schema extends z.ZodType>(
  transport: Transport,
  what: string,
  schema: Schema,
  answer: unknown,
): z.output<Schema> {
  const result = schema.safeParse(answer)
  if (!result.success) throw transport.error('bad_answer', what, 'the answer has no status')
  return result.data
}
