import { formatAddress, type ListenAddress } from './fields.ts'

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has this address. Stop it, or choose another port',
  EACCES: 'this user may not have this port. Choose one above 1023',
  EADDRNOTAVAIL: 'this machine has no such address. Choose one of its own, or 0.0.0.0',
  ENOTFOUND: 'this name has no address. Choose an IP address',
}

/** Listens; a failure says which key of the configuration is meant, and the cure. */
export async function listening<T>(
  key: 'grpc' | 'http' | 'api',
  address: ListenAddress,
  bound: Promise<T>,
): Promise<T> {
  try {
    return await bound
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    const reason = REASONS[code] ?? `it could not be had (${code || String(error)})`
    throw new Error(`listen.${key}: ${formatAddress(address)}: ${reason}.`, { cause: error })
  }
}
