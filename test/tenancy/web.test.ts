import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { hostIsServed, originIsAllowed, webAccess } from '../../src/tenancy/web.ts'
import { loadOptions } from '../config/load-options.ts'

function access(yaml: string) {
  return webAccess(loadConfig(yaml, loadOptions()).config)
}

describe('Host', () => {
  const loopback = access('')
  const everywhere = access('listen: { api: 0.0.0.0:3100, insecure: true }')
  const named = access('api: { servedHosts: [Weir.example.com, "other.example.com:8443", "[fd00::1]"] }')

  it.each<[name: string, typeof loopback, host: string | undefined, served: boolean]>([
    ['IPv4 loopback', loopback, '127.0.0.1:3100', true],
    ['any port: forwarded ones differ', loopback, '127.0.0.1:8080', true],
    ['no port', loopback, '127.0.0.1', true],
    ['localhost', loopback, 'LOCALHOST:3100', true],
    ['the root dot', loopback, 'localhost.:3100', true],
    ['IPv6 loopback', loopback, '[::1]:3100', true],
    ['none', loopback, undefined, false],
    ['empty', loopback, '', false],
    ['a rebound name', loopback, 'evil.example.com:3100', false],
    ['a rebound name that starts well', loopback, '127.0.0.1.evil.example.com:3100', false],
    ['a rebound name that ends well', loopback, 'evil-localhost:3100', false],
    ['user info', loopback, '127.0.0.1@evil.example.com', false],
    ['a path', loopback, '127.0.0.1/evil', false],
    ['two ports', loopback, '127.0.0.1:3100:80', false],
    ['another address', loopback, '10.0.0.1:3100', false],
    ['a pod address, listening everywhere', everywhere, '10.0.0.1:3100', true],
    ['an IPv6 address, listening everywhere', everywhere, '[fd00::1]:3100', true],
    ['a rebound name, listening everywhere', everywhere, 'evil.example.com:3100', false],
    ['something like an address', everywhere, '1.2.3.4.5', false],
    ['a served name', named, 'weir.example.com', true],
    ['a served name, any port', named, 'weir.example.com:1234', true],
    ['a served name with its port', named, 'other.example.com:8443', true],
    ['a served name with another port', named, 'other.example.com:8444', false],
    ['a served name without its port', named, 'other.example.com', false],
    ['a served IPv6 address', named, '[fd00::1]:1', true],
    ['below a served name', named, 'a.weir.example.com', false],
  ])('%s', (_name, web, host, served) => {
    expect(hostIsServed(web, host)).toBe(served)
  })
})

describe('Origin', () => {
  const web = access('api: { allowedOrigins: ["https://Grafana.example.com", "http://localhost:3000"] }')

  it.each<[name: string, origin: string | undefined, host: string | undefined, allowed: boolean]>([
    ['none', undefined, '127.0.0.1:3100', true],
    ['its own', 'http://127.0.0.1:3100', '127.0.0.1:3100', true],
    ['its own behind TLS', 'https://weir.example.com', 'weir.example.com', true],
    ['its own, default port written', 'https://weir.example.com', 'weir.example.com:443', true],
    ['another port of the same host', 'http://127.0.0.1:8080', '127.0.0.1:3100', false],
    ['localhost is not 127.0.0.1', 'http://localhost:3100', '127.0.0.1:3100', false],
    ['listed', 'https://grafana.example.com', '127.0.0.1:3100', true],
    ['listed, default port left out', 'https://grafana.example.com:443', '127.0.0.1:3100', false],
    ['listed, with port', 'http://localhost:3000', '127.0.0.1:3100', true],
    ['listed, other scheme', 'http://grafana.example.com', '127.0.0.1:3100', false],
    ['below a listed one', 'https://a.grafana.example.com', '127.0.0.1:3100', false],
    ['a listed one as prefix', 'https://grafana.example.com.evil.example', '127.0.0.1:3100', false],
    ['a listed one as user', 'https://grafana.example.com@evil.example', '127.0.0.1:3100', false],
    ['a foreign page', 'https://evil.example', '127.0.0.1:3100', false],
    ['an opaque page', 'null', '127.0.0.1:3100', false],
    ['a file', 'file://', '127.0.0.1:3100', false],
    ['an extension', 'chrome-extension://abc', '127.0.0.1:3100', false],
    ['empty', '', '127.0.0.1:3100', false],
    ['with a path', 'https://grafana.example.com/x', '127.0.0.1:3100', false],
    ['no host to compare with', 'http://127.0.0.1:3100', undefined, false],
  ])('%s', (_name, origin, host, allowed) => {
    expect(originIsAllowed(web, origin, host)).toBe(allowed)
  })
})
