// quantum topics plan and apply where there is no broker.
import { expect, test } from 'vitest'
import { run } from '../../cli/run.ts'

test.each(['plan', 'apply'])(
  'topics %s is for a broker: an embedded log makes its topics itself',
  async (action) => {
    let err = ''
    const code = await run(['topics', action, '--runtime', 'embedded'], {
      out: () => undefined,
      err: (text) => (err += text),
      env: {},
      now: () => 0,
      isTty: false,
    })
    expect(code).toBe(2)
    expect(err).toContain('expected the runtime redpanda, was embedded')
  },
)
