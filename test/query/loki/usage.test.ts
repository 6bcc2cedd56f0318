import { expect, it } from 'vitest'
import { startTestGateway } from '../../support/gateway.ts'

it('the names that queries use are kept, at the latest when the gateway stops', async () => {
  const { urls, readBack } = await startTestGateway()
  for (const query of ['{service_name="shop"} | json | status >= 500', '{namespace="shop"} |= "x"']) {
    const response = await fetch(`${urls.api}/loki/api/v1/query_range?query=${encodeURIComponent(query)}`)
    expect(response.status).toBe(200)
    await response.text()
  }
  await readBack(async (database) => {
    const rows = await database.rows<{ Name: string }>(
      `SELECT DISTINCT Name FROM ${database.name}.query_usage WHERE TenantId = 'default' AND Kind = 'label' ORDER BY Name`,
    )
    const names = rows.map(({ Name }) => Name)
    expect(names).toContain('service_name')
    expect(names).toContain('status')
  })
})
