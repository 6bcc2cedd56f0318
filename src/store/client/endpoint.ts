/** Where a ClickHouse listens for HTTP, and as whom. */
export type Endpoint = {
  /** `http://HOST:PORT` or `https://HOST:PORT`, with an optional path. */
  readonly url: string
  readonly username: string
  readonly password: string
  readonly tls?: TlsOptions
}

export type TlsOptions = {
  /** PEM. */
  readonly ca?: string
  /** PEM, with `key`: the client's certificate. */
  readonly cert?: string
  readonly key?: string
  readonly insecureSkipVerify?: boolean
}
