import { metrics } from '@opentelemetry/api'

const meter = metrics.getMeter('shop', '1.4.2')

/** By route, method and status. */
export const requestDuration = meter.createHistogram('http.server.request.duration', {
  unit: 's',
  description: 'Duration of HTTP server requests',
})

export const activeRequests = meter.createUpDownCounter('http.server.active_requests', {
  unit: '{request}',
  description: 'Requests that are being answered',
})

/** By product and outcome. */
export const orders = meter.createCounter('shop.orders', { unit: '{order}', description: 'Orders' })

/**
 * By session, which is a mistake that many make: every session is a series, and shoppers without cookies get a new one
 * with every page.
 */
export const sessionPages = meter.createCounter('shop.session.pages', {
  unit: '{page}',
  description: 'Pages shown, by session',
})
