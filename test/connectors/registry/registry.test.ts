// The contract, on the fake registry.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import type { FakeRegistry } from '../../kit/registry/fake-registry.ts'
import { startFakeRegistry } from '../../kit/registry/fake-registry.ts'
import { registryContract } from './contract.ts'

describe('the fake registry', () => {
  let fake: FakeRegistry
  beforeAll(async () => {
    fake = await startFakeRegistry()
  })
  afterAll(() => fake.stop())
  registryContract(
    () => fake.url,
    () => `t${randomUUID().slice(0, 8)}.`,
  )
})
