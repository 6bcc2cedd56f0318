import type { Scope } from '../config/access.ts'

/** Who is asking, and what they may do. */
export type Caller = {
  /** The credential's name, for logs and metrics; empty for an anonymous caller. */
  readonly name: string
  readonly tenants: '*' | ReadonlyArray<string>
  readonly scopes: ReadonlyArray<Scope>
}
