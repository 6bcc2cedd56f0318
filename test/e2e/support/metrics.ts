/** Samples of a gateway's /metrics by `name{labels}`. */
export type Samples = ReadonlyMap<string, number>

export async function metricsOf(api: string, headers: Record<string, string> = {}): Promise<Samples> {
  const response = await fetch(`${api}/metrics`, { headers })
  if (!response.ok) throw new Error(`/metrics: ${response.status} ${await response.text()}`)
  const samples = new Map<string, number>()
  for (const line of (await response.text()).split('\n')) {
    const end = line.lastIndexOf(' ')
    if (end > 0 && !line.startsWith('#')) samples.set(line.slice(0, end), Number(line.slice(end + 1)))
  }
  return samples
}

/** The sum over all labels of a metric. */
export function totalOf(samples: Samples, name: string): number {
  let total = 0
  for (const [sample, value] of samples) if (sample === name || sample.startsWith(`${name}{`)) total += value
  return total
}
