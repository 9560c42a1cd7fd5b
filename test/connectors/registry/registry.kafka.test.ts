// The contract, on a real registry.
import { describe } from 'vitest'
import { needsBench } from '../../kit/broker/needs.ts'
import { freshPrefix, sharedBench } from '../../kit/broker/shared-bench.ts'
import { registryContract } from './contract.ts'

describe('a real registry', needsBench(), () => {
  registryContract(() => sharedBench().registryUrl, freshPrefix)
})
