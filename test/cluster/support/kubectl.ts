import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { binary } from '../binaries.ts'

/** What a command printed when it ended well; rejects with what it said otherwise. */
export class Kubectl {
  readonly output: Promise<Buffer>

  private constructor(child: ChildProcess) {
    const all = Promise.all([child.stdout!.toArray(), child.stderr!.toArray(), once(child, 'close')])
    this.output = all.then(([out, err, [code]]) => {
      if (code !== 0) throw new Error(`kubectl ended (${code}): ${Buffer.concat(err as Buffer[])}`)
      return Buffer.concat(out as Buffer[])
    })
  }

  static async run(kubeconfig: string, ...args: string[]): Promise<Kubectl> {
    const env = { KUBECONFIG: kubeconfig, HOME: '/nonexistent' }
    return new Kubectl(spawn(await binary('kubectl'), args, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }
}
