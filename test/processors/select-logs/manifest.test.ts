import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { runWeir } from '../../e2e/support/weir-process.ts'

/** Guarantees: the manifest has the configuration that the command prints today, and mounts what that reads. */

const text = readFileSync(new URL('../../../deploy/collector/daemonset.yaml', import.meta.url), 'utf8')
const documents = parseAllDocuments(text).map((document) => document.toJS())
const ofKind = (kind: string) => documents.find((document) => document.kind === kind)

describe('deploy/collector/daemonset.yaml', () => {
  it('is YAML with all its parts', () => {
    expect(documents.map(({ kind }) => kind)).toEqual([
      ...['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'ConfigMap', 'DaemonSet'],
    ])
  })

  it('has what `weir rules export --collector` prints', async () => {
    const { code, out, err } = await runWeir(['rules', 'export', '--collector'])
    expect([code, err]).toEqual([0, ''])
    expect(ofKind('ConfigMap').data['collector.yaml']).toBe(out)
  })

  it('mounts the folders that the configuration names', () => {
    const { volumeMounts, args, env } = ofKind('DaemonSet').spec.template.spec.containers[0]
    const mounted = volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)
    expect(mounted).toEqual(['/etc/otelcol', '/var/log/pods', '/var/lib/otelcol'])
    expect(args).toEqual(['--config=/etc/otelcol/collector.yaml'])
    expect(env.map(({ name }: { name: string }) => name)).toEqual(['K8S_NODE_NAME', 'WEIR_TOKEN'])
  })
})

describe('weir rules export', () => {
  it.each([
    [[], 'Say for which program: --collector is the one there is.'],
    [['--collector', '--endpoint', 'weir:4317'], 'expected one such as http://weir:4317.'],
    [['--collector', '--token-variable', 'a b'], '--token-variable a b is no name of a variable'],
    [['--collector', '--logs-folder', 'pods'], '--logs-folder pods is no absolute path.'],
    [['--collector', '-c', '/nowhere.yaml'], '/nowhere.yaml'],
  ])('%j is refused', async (words, sentence) => {
    const { code, out, err } = await runWeir(['rules', 'export', ...words])
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(sentence)
  })
})
