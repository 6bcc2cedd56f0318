import type { z } from 'zod'

/** What the OpenAPI document says of an endpoint; the parameters are those that validate its requests. */
export type RouteDoc = {
  readonly summary: string
  /** Of the query string, and of the form in a POST's body where the endpoint takes POST. */
  readonly parameters?: z.ZodObject
  /** Of the path: what each name of it stands for. */
  readonly segments?: Readonly<Record<string, string>>
  /** The body of 200: JSON of this form, unless it is of another type. */
  readonly answer: z.ZodType | { readonly contentType: string }
  /** Other content types that a client may ask for. */
  readonly alsoAs?: ReadonlyArray<string>
}
