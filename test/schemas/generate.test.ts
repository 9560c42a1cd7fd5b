import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { renderTypes } from '../../schemas/generate.ts'
import { readSchemas } from '../../schemas/read.ts'

describe('generated types', () => {
  test('the committed types are what the schemas say today', () => {
    const committed = readFileSync(new URL('../../schemas/types.gen.ts', import.meta.url), 'utf8')
    expect(renderTypes(readSchemas())).toBe(committed)
  })

  test('one name with two shapes is refused, with the schema it was found in', () => {
    const side = (symbols: string[]) => ({
      type: 'record',
      name: 'R',
      fields: [{ name: 'side', type: { type: 'enum', name: 'Side', symbols } }],
    })
    const schemas = new Map([
      ['a', { ...side(['BUY']), name: 'A' }],
      ['b', { ...side(['BUY', 'SELL']), name: 'B' }],
    ])
    expect(() => renderTypes(schemas)).toThrow(
      'b.avsc: Side has another shape in an earlier schema',
    )
  })
})
