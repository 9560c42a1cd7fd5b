// The offline check and a real registry agree on every kind of change, but for those that we refuse on purpose.
import { describe, expect, test } from 'vitest'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import { incompatibilities } from '../../../schemas/compatibility.ts'
import { needsBench } from '../../kit/broker/needs.ts'
import { freshPrefix, sharedBench } from '../../kit/broker/shared-bench.ts'
import { schemaChanges } from '../../kit/registry/schema-changes.ts'

describe('the verdict of a real registry', needsBench(), () => {
  test.each(schemaChanges)('$change', async ({ change, older, newer, stricter }) => {
    const { registryUrl: url, from } = sharedBench()
    // Apicurio follows aliases; of others it is not known.
    const mayDiffer = stricter !== undefined || (from !== 'java' && change.includes('alias'))
    const registry = openSchemaRegistry({ url, username: '', password: null, timeoutMs: 10_000 })
    const subject = `${freshPrefix()}change-value`
    for (const level of ['BACKWARD_TRANSITIVE', 'FULL_TRANSITIVE'] as const) {
      await registry.register(subject, older, level)
      const { compatible } = await registry.judge(subject, 1, newer)
      const ours = incompatibilities(level, newer, older).length === 0
      if (!mayDiffer) expect(compatible, level).toBe(ours)
      else if (ours && from === 'java') expect(compatible, level).toBe(true)
    }
  })
})
