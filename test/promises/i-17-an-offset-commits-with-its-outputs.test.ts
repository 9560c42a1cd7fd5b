// I-17: messages were acknowledged in two places, before the work was done; a bad one stayed pending for ever.
import { describe, expect, test } from 'vitest'
import { openExisting } from '../../connectors/embedded/file.ts'
import { appendBytes } from '../../connectors/embedded/operator.ts'
import { deadLetter, exchangeTick, marketBar } from '../../schemas/topics.ts'
import { temporaryLog } from '../connectors/embedded/temporary-log.ts'
import { startMs, tradeOf } from '../runtimes/sample.ts'

const log = temporaryLog()

describe('I-17: an offset commits with what came of its record', () => {
  test.each([1, 2, 3, 4, 5])(
    'a failure at record %i of a batch loses none of them and repeats none',
    async (failing) => {
      let processed = 0
      const first = log.open({
        atStep(step) {
          if (step === 'PROCESSED' && ++processed === failing) throw new Error('a bug')
        },
      })
      for (let i = 1; i <= 5; i++)
        await first.publish(exchangeTick, tradeOf('BTCUSDT', i, startMs + i))
      await expect(first.settle()).rejects.toThrow('a bug')
      const second = log.open()
      const lag = await second.lag()
      expect(lag.find((l) => l.topic === 'exchange.tick')?.lag, 'nothing was acknowledged').toBe(5)
      await second.settle()
      const bars = (await second.read(marketBar)).map((r) => r.value as { close: number })
      expect(bars.map((bar) => bar.close)).toEqual([1, 2, 3, 4, 5])
    },
  )

  test.each([
    ['garbage', Uint8Array.of(1, 2, 3)],
    ['nothing at all', new Uint8Array()],
    ['the start of a record', Uint8Array.of(0, 0, 0, 0, 9, 1)],
  ])(
    '%s goes to dead.letter with its bytes, and the next record is processed',
    async (_, bytes) => {
      const runtime = log.open()
      await runtime.settle()
      const db = openExisting(log.path(), 'write')
      appendBytes(db, log.path(), exchangeTick, 'BTCUSDT', bytes, startMs)
      db.close()
      await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
      await runtime.settle()
      const letters = (await runtime.read(deadLetter)).map((r) => r.value as { payload: string })
      expect(letters.map((l) => Buffer.from(l.payload, 'base64'))).toEqual([Buffer.from(bytes)])
      expect((await runtime.read(marketBar)).length).toBe(1)
      runtime.abandon()
      const again = log.open()
      await again.settle()
      expect((await again.read(deadLetter)).length, 'it is not met again').toBe(1)
    },
  )
})
