// I-45: a start-up clean-up deleted position keys by their prefix.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { exchangeTick, markState } from '../../schemas/topics.ts'
import { temporaryLog } from '../connectors/embedded/temporary-log.ts'
import { startMs, tradeOf } from '../runtimes/sample.ts'

const log = temporaryLog()

describe('I-45: a state ends by a tombstone of its writer and by nothing else', () => {
  test('every DELETE in the source names one key, or is retention of records', () => {
    // The simulated venue has books of its own, as a real one has; they are not ours.
    const files = globSync('{schemas,topologies,connectors,cli}/**/*.{ts,cjs}').filter(
      (file) => !file.replaceAll('\\', '/').startsWith('connectors/exchange/simulator/'),
    )
    expect(files.length).toBeGreaterThan(50)
    const deletes = files.flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /\b(DELETE\s+FROM|DROP\s+TABLE|TRUNCATE\s+TABLE)[^'"`]*/gi,
        ),
      ].map(([sql]) => sql.replaceAll(/\s+/g, ' ').trim()),
    )
    expect(deletes.sort()).toEqual([
      'DELETE FROM latest WHERE topic = ? AND partition = ? AND key = ?',
      'DELETE FROM notes WHERE owner = ? AND name = ?',
      'DELETE FROM records WHERE topic = ? AND partition = ? AND offset < ?',
    ])
  })

  test('restarts, time and a hundred ended neighbours leave a key alone', async () => {
    let wallMs = startMs
    for (let i = 0; i < 5; i++) {
      const runtime = log.open({ wallMs: () => wallMs })
      if (i === 0) await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, wallMs))
      for (let n = 0; n < 20; n++)
        for (const price of [90, 0])
          await runtime.publish(exchangeTick, tradeOf(`BTCUSDT${n}`, price, wallMs))
      await runtime.settle()
      await runtime.tick(wallMs + 1_000)
      expect([...(await runtime.table(markState)).keys()]).toEqual(['BTCUSDT'])
      runtime.abandon()
      wallMs += 2 * markState.retentionMs
    }
  })

  test('a connector can not end the state of a processor', async () => {
    const runtime = log.open()
    await expect(
      runtime.write({ records: [{ topic: markState, key: 'BTCUSDT', value: null }] }),
    ).rejects.toThrow('only processors write it')
  })
})
