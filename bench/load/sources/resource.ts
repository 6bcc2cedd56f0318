import { type KeyValue, stringAttributes } from '../../../test/otlp/proto.ts'

export const SERVICES = [
  'checkout',
  'cart',
  'catalog',
  'payment',
  'shipping',
  'search',
  'identity',
  'inventory',
]

/** Eight, as the SDK and the collector's k8sattributes processor leave them. */
export function resourceAttributes(service: string, pod: number): KeyValue[] {
  return stringAttributes({
    'service.name': service,
    'service.version': '2.14.0',
    'deployment.environment.name': 'production',
    'k8s.namespace.name': 'shop-production',
    'k8s.pod.name': `${service}-7d9f8b6c5-x2x${pod}z`,
    'k8s.container.name': service,
    'k8s.node.name': `ip-10-0-${pod}.internal`,
    'k8s.cluster.name': 'eu-central-1a',
  })
}
