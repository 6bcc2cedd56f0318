import { z } from 'zod'

/** The part of the Compose specification that deploy/compose.yaml uses; another key is an error. */

const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/)
const port = z.string().regex(/^(\d{1,3}(\.\d{1,3}){3}:)?\d+:\d+(\/(tcp|udp))?$/)
const mount = z.string().regex(/^[^:]+:\/[^:]*(:(ro|rw))?$/)
const name = z.string().regex(/^[a-zA-Z0-9._-]+$/)

const service = z
  .strictObject({
    image: z.string().regex(/^[a-z0-9./-]+:[A-Za-z0-9._-]+$/),
    build: z.strictObject({
      context: z.string(),
      dockerfile_inline: z.string(),
    }),
    command: z.array(z.string()),
    environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()),
    volumes: z.array(mount),
    ports: z.array(port),
    depends_on: z.record(
      name,
      z.strictObject({
        condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
      }),
    ),
    healthcheck: z.strictObject({
      test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
      interval: duration,
      timeout: duration,
      retries: z.int().positive(),
    }),
    stop_grace_period: duration,
  })
  .partial()
  .refine(({ image, build }) => (image === undefined) !== (build === undefined), 'either an image or a build')

export const compose = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  services: z.record(name, service),
  volumes: z.record(name, z.strictObject({})),
})
export type Compose = z.output<typeof compose>
