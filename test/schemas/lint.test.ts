import { describe, expect, test } from 'vitest'
import { lintSchemas } from '../../schemas/lint.ts'
import { topics } from '../../schemas/topics.ts'
import type { AvroSchema } from '../../schemas/read.ts'

const record = (fields: AvroSchema['fields'], changes: Partial<AvroSchema> = {}): AvroSchema => ({
  type: 'record',
  name: 'TradeIntent',
  doc: 'A wish.',
  fields: fields ?? [],
  ...changes,
})

const faultsOf = (schema: AvroSchema): string[] =>
  lintSchemas(
    topics.filter((topic) => topic.name === 'trade.intent'),
    new Map([['trade.intent', schema]]),
  ).map(({ field, fault }) => `${field}: ${fault}`)

describe('schema rules', () => {
  test('the schemas of the repository keep every rule', () => {
    expect(lintSchemas(topics)).toEqual([])
  })

  test('a field without doc is named', () => {
    expect(faultsOf(record([{ name: 'side', type: 'string' }]))).toEqual(['side: expected a doc'])
  })

  test('an enum without a usable default is named', () => {
    const side = { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] }
    expect(faultsOf(record([{ name: 'side', type: side, doc: 'Side.' }]))[0]).toMatch(
      /^side: expected an enum default/,
    )
  })

  test('money that is a double is named', () => {
    expect(faultsOf(record([{ name: 'fee_usd', type: 'double', doc: 'Fee.' }]))[0]).toMatch(
      /^fee_usd: expected money/,
    )
  })

  test('a topic without a schema is named', () => {
    expect(lintSchemas(topics.slice(0, 1), new Map())).toEqual([
      { schema: topics[0]!.name, field: '', fault: 'topic without a schema file' },
    ])
  })
})
