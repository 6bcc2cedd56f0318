import { describe, expect, it } from 'vitest'
import { doorOf } from '../../src/cli/door.ts'

describe('the gateway that a command asks', () => {
  it('is told nothing by variables of the environment that are set to nothing', () => {
    expect(doorOf({ address: 'http://127.0.0.1:3100', token: '', tenant: '' })).toEqual({
      address: 'http://127.0.0.1:3100',
      token: undefined,
      tenant: undefined,
    })
  })
})
