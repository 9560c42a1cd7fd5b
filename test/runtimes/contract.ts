// What every runtime promises, as one list of cases. A runtime that can't keep a promise says so, and its case is
// reported as skipped with that reason; nothing vanishes.
import { afterEach, describe, expect, test } from 'vitest'
import {
  deadLetter,
  exchangeTick,
  marketBar,
  markState,
  safeModeCommand,
  safeModeState,
  topicObserved,
  topologyHeartbeat,
} from '../../schemas/topics.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import { commandOf, startMs, tradeOf } from './sample.ts'
import {
  codec,
  crashScenario,
  dieAt,
  framed,
  inputs,
  lengths,
  olderSchema,
  outputs,
  play,
  playThroughCrash,
  put,
  reference,
  scenario,
  valueOf,
} from './scenario.ts'
import type { Home, Promised, Subject } from './subject.ts'

export function runtimeContract(name: string, subject: Subject): void {
  const homes: Home[] = []
  afterEach(async () => {
    for (const home of homes.splice(0)) await home.dispose()
  })
  const newHome = (): Home => {
    const home = subject.createHome()
    homes.push(home)
    return home
  }
  const isPromised = (promise: Promised): boolean => subject.promises[promise] === true
  /** A case that only concerns runtimes with that promise. */
  const given = (promise: Promised, title: string, run: () => Promise<void>): void => {
    if (isPromised(promise)) test(title, run)
  }

  describe(`runtime contract: ${name}`, () => {
    for (const [promise, kept] of Object.entries(subject.promises))
      if (kept !== true)
        test(`no promise is made: ${promise}`, (context) => {
          context.skip(kept)
        })

    test('records of one key keep their order', async () => {
      const runtime = await newHome().open()
      for (let i = 1; i <= 30; i++)
        await put(
          runtime,
          exchangeTick,
          tradeOf(i % 3 === 0 ? 'ETHUSDT' : 'BTCUSDT', i, startMs + i),
        )
      const bars = await runtime.read(marketBar)
      for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
        const counts = bars
          .filter((r) => r.key === symbol)
          .map((r) => valueOf(r, marketBar).update_count)
        expect(counts).toEqual(counts.map((_, i) => i + 1))
      }
      expect(bars.map((r) => r.offset)).toEqual(bars.map((_, i) => i))
    })

    test('what follows from a record is there when the runtime is quiet, over both domains', async () => {
      const runtime = await newHome().open()
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 101, startMs))
      expect(await lengths(runtime)).toEqual([1, 1, 1, 1])
      expect((await runtime.table(safeModeState)).get('main')).toMatchObject({ active: true })
    })

    test('gives the same records as the engine in virtual time, ids and offsets included', async () => {
      const runtime = await newHome().open()
      await play(runtime, scenario)
      expect(await outputs(runtime)).toEqual(reference(scenario))
    })

    test('processors see a table as it was written before, in every domain', async () => {
      const runtime = await newHome().open()
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 101, startMs))
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs + 1))
      const [first, second] = (await runtime.read(marketBar)).map((r) => valueOf(r, marketBar))
      expect([first?.gap, first?.open]).toEqual([false, 0])
      expect([second?.gap, second?.open]).toEqual([true, 101])
    })

    test('a tombstone ends a key of a compacted topic, and the history shows it', async () => {
      const runtime = await newHome().open()
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs))
      await put(runtime, exchangeTick, tradeOf('ETHUSDT', 91, startMs + 1))
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 0, startMs + 2))
      expect([...(await runtime.table(markState)).keys()]).toEqual(['ETHUSDT'])
      expect((await runtime.read(markState)).map((r) => r.value === null)).toEqual([
        false,
        false,
        true,
      ])
    })

    test('clock ticks reach every task, and times that do not rise are ignored', async () => {
      const runtime = await newHome().open()
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs))
      await runtime.tick(startMs + 61_000)
      await runtime.tick(startMs + 61_000)
      await runtime.tick(startMs + 1_000)
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs + 61_010))
      const counts = (await runtime.read(marketBar)).map((r) => valueOf(r, marketBar).update_count)
      expect(counts, 'the state ended by time, once').toEqual([1, 1])
    })

    given(
      'observed',
      'every processor sends heartbeats and every topic is observed, with the lag of its readers',
      async () => {
        const runtime = await newHome().open()
        await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs))
        await runtime.tick(startMs + 10_000)
        const heartbeats = (await runtime.read(topologyHeartbeat)).map((r) =>
          valueOf(r, topologyHeartbeat),
        )
        expect(heartbeats.map((h) => h.processor)).toEqual(['tally', 'echo', 'guard'])
        expect(heartbeats[0]).toMatchObject({ sub_topology: 'market', handled: 2, emitted: 1 })
        const observed = (await runtime.read(topicObserved)).map((r) => valueOf(r, topicObserved))
        const ofTicks = observed.filter((o) => o.topic === 'exchange.tick')
        expect(ofTicks).toMatchObject([
          { group: '', declared: true, end_offset: 1, last_record_at_ms: startMs },
          {
            ...{ group: 'sample.market', partition: 0, committed_offset: 1 },
            ...{ lag: 0, lag_ms: null, lag_known: true, trimmed_unread: 0 },
          },
        ])
      },
    )

    test('lag is 0 when the runtime is quiet', async () => {
      const runtime = await newHome().open()
      await play(runtime, scenario)
      const lag = await runtime.lag()
      expect(lag.map((l) => `${l.group} ${l.topic}`)).toEqual(
        expect.arrayContaining(['sample.market exchange.tick', 'sample.account safe_mode.command']),
      )
      expect(lag.every((l) => l.lag === 0)).toBe(true)
    })

    given('deferred', 'lag counts what was published and not yet processed', async () => {
      const runtime = await newHome().open()
      await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
      await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 91, startMs))
      const before = (await runtime.lag()).find((l) => l.topic === 'exchange.tick')
      await runtime.settle()
      const after = (await runtime.lag()).find((l) => l.topic === 'exchange.tick')
      expect([before?.lag, after?.lag]).toEqual([2, 0])
      expect(before).toMatchObject({ known: true, lagMs: expect.any(Number) as number })
      expect(after).toMatchObject({ known: true, lagMs: null, committedOffset: after?.endOffset })
    })

    test('a connector writes records, its position and its notes together, and polls from there', async () => {
      const runtime = await newHome().open()
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 101, startMs))
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 102, startMs + 1))
      const polled = await runtime.poll('desk', safeModeCommand, 1)
      expect(polled.map((r) => r.offset)).toEqual([0])
      await runtime.write({
        records: [
          {
            topic: safeModeCommand,
            value: commandOf('desk', false, startMs + 2),
            atMs: startMs + 2,
          },
        ],
        consumed: {
          group: 'desk',
          positions: [{ topic: safeModeCommand, partition: 0, nextOffset: 1 }],
        },
        notes: {
          owner: 'desk',
          entries: [
            ['last', 'one'],
            ['gone', null],
          ],
        },
      })
      expect([...(await runtime.notes('desk'))]).toEqual([['last', 'one']])
      expect([...(await runtime.notes('other'))]).toEqual([])
      const rest = await runtime.poll('desk', safeModeCommand, 10)
      expect(rest.map((r) => r.offset)).toEqual([1, 2])
      await runtime.settle()
      expect((await runtime.table(safeModeState)).get('main')).toMatchObject({ reason: 'desk' })
    })

    test('listeners hear of committed records only, each once and in order', async () => {
      const runtime = await newHome().open()
      const heard: string[] = []
      const stop = runtime.onCommit((records) => {
        for (const record of records) heard.push(`${record.topic} ${record.offset}`)
      })
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 101, startMs))
      stop()
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 101, startMs + 1))
      expect(heard).toEqual([
        ...['exchange.tick 0', 'market.bar 0', 'mark.state 0', 'safe_mode.command 0'],
        'safe_mode.state 0',
      ])
    })

    given('guarded', 'a topic of a processor is closed to connectors', async () => {
      const runtime = await newHome().open()
      await expect(runtime.publish(marketBar, {} as never)).rejects.toThrow(
        'only processors write it',
      )
      await runtime.settle()
      expect(await runtime.read(marketBar)).toEqual([])
    })

    given(
      'partitions',
      'each partition is one order of its own, and a key always has the same one',
      async () => {
        const options = { partitions: { market: 4, account: 2 } }
        const home = newHome()
        let runtime = await home.open(options)
        for (let i = 0; i < 40; i++) {
          await put(runtime, exchangeTick, tradeOf(`S${i % 8}USDT`, 90, startMs + i))
          if (i === 20 && isPromised('durable')) {
            await runtime.crash()
            runtime = await home.open(options)
          }
        }
        const bars = await runtime.read(marketBar)
        expect(new Set(bars.map((r) => r.partition)).size).toBeGreaterThan(1)
        for (let i = 0; i < 8; i++) {
          const own = bars.filter((r) => r.key === `S${i}USDT`)
          expect(new Set(own.map((r) => r.partition)).size).toBe(1)
          expect(own.map((r) => valueOf(r, marketBar).update_count)).toEqual([1, 2, 3, 4, 5])
        }
      },
    )

    given(
      'durable',
      'a crash at any step leaves the records of an undisturbed run, each once',
      async () => {
        const expected = reference(crashScenario)
        let steps = 0
        const counted = await newHome().open({ atStep: () => steps++ })
        await play(counted, crashScenario)
        expect(steps).toBeGreaterThan(20)
        for (let at = 1; at <= steps; at++) {
          const runtime = await playThroughCrash(newHome(), at)
          expect(await outputs(runtime), `crash at step ${at}`).toEqual(expected)
          expect(await inputs(runtime), `crash at step ${at}`).toBe(2)
          await runtime.crash()
        }
      },
    )

    given('durable', 'after a crash, state, tables and time are what they were', async () => {
      const home = newHome()
      const before = await home.open()
      await play(before, scenario.slice(0, 4))
      const table = [...(await before.table(markState))]
      await before.crash()
      const after = await home.open()
      expect([...(await after.table(markState))]).toEqual(table)
      await play(after, scenario.slice(4))
      expect(await outputs(after)).toEqual(reference(scenario))
    })

    given('durable', 'an orderly end needs no recovery of its own', async () => {
      const home = newHome()
      for (const input of scenario) {
        const runtime = await home.open()
        await play(runtime, [input])
        await runtime.close()
      }
      expect(await outputs(await home.open())).toEqual(reference(scenario))
    })

    given(
      'durable',
      'a commit is whole: hand-on, outputs, state and positions appear together or not at all',
      async () => {
        const home = newHome()
        const dying = await home.open({ atStep: dieAt('COMMIT', 2) })
        await dying.publish(exchangeTick, tradeOf('BTCUSDT', 101, startMs))
        await expect(dying.settle()).rejects.toThrow('crash')
        await dying.crash()
        const runtime = await home.open()
        expect(await lengths(runtime)).toEqual([0, 0, 0, 0])
        await runtime.settle()
        expect(await lengths(runtime)).toEqual([1, 1, 1, 1])
      },
    )

    given(
      'durable',
      'nobody hears of a record whose commit failed, and the publisher hears that it failed',
      async () => {
        const home = newHome()
        const dying = await home.open({ atStep: dieAt('COMMIT', 1) })
        const heard: LogRecord[] = []
        dying.onCommit((records) => heard.push(...records))
        await expect(dying.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))).rejects.toThrow(
          'crash',
        )
        await expect(dying.settle(), 'it does not go on').rejects.toThrow('stopped')
        await dying.crash()
        expect(heard).toEqual([])
        expect(await (await home.open()).read(exchangeTick)).toEqual([])
      },
    )

    given(
      'durable',
      'time does not go back over a restart, also when the wall clock does',
      async () => {
        const home = newHome()
        const first = await home.open({ wallMs: () => startMs + 100_000 })
        await first.tick(startMs + 100_000)
        await first.crash()
        const second = await home.open({ wallMs: () => startMs })
        expect(second.nowMs()).toBeGreaterThanOrEqual(startMs + 100_000)
        await put(second, exchangeTick, tradeOf('BTCUSDT', 90, startMs))
        const [bar] = await second.read(marketBar)
        expect(bar?.at_ms, 'the task goes on from its own time').toBe(startMs + 100_000)
      },
    )

    given(
      'bytes',
      'a poison record goes to dead.letter with its cause, once, and the next record is processed',
      async () => {
        const home = newHome()
        const { id } = codec.writerSchema('exchange.tick')
        const good = codec.encode('exchange.tick', tradeOf('BTCUSDT', 90, startMs))
        const broken = good.subarray(0, good.length - 3)
        const unknown = framed(id + 1, good.subarray(5))
        let runtime = await home.open()
        await put(runtime, exchangeTick, tradeOf('BTCUSDT', 1, startMs))
        await home.appendBytes!(exchangeTick, 'BTCUSDT', Uint8Array.of(7, 7))
        await home.appendBytes!(exchangeTick, 'BTCUSDT', unknown)
        await home.appendBytes!(exchangeTick, 'BTCUSDT', broken)
        await put(runtime, exchangeTick, tradeOf('BTCUSDT', 2, startMs))
        await runtime.crash()
        runtime = await home.open()
        await runtime.settle()
        const letters = (await runtime.read(deadLetter)).map((r) => valueOf(r, deadLetter))
        expect(letters.map((l) => [l.cause, l.offset, l.processor])).toEqual([
          ['UNDECODABLE', 1, 'sample.market'],
          ['UNKNOWN_SCHEMA', 2, 'sample.market'],
          ['UNDECODABLE', 3, 'sample.market'],
        ])
        expect(Buffer.from(letters[2]!.payload, 'base64')).toEqual(Buffer.from(broken))
        const bars = (await runtime.read(marketBar)).map((r) => valueOf(r, marketBar))
        expect(bars.map((b) => b.close)).toEqual([1, 2])
        expect((await runtime.lag()).every((l) => l.lag === 0)).toBe(true)
      },
    )

    given(
      'bytes',
      'what the world sent and no schema fits is a dead letter; our own mistake is an error',
      async () => {
        const runtime = await newHome().open()
        await runtime.publish(exchangeTick, {
          ...tradeOf('BTCUSDT', 1, startMs),
          symbol: 5,
        } as never)
        const own = { ...commandOf('x', true, startMs), active: 'yes' } as never
        await expect(runtime.publish(safeModeCommand, own)).rejects.toThrow('active')
        await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs))
        const letters = (await runtime.read(deadLetter)).map((r) => valueOf(r, deadLetter))
        expect(letters).toMatchObject([
          { topic: 'exchange.tick', cause: 'UNENCODABLE', offset: -1, payload_encoding: 'JSON' },
        ])
        expect(letters[0]!.detail).toContain('symbol')
        expect((await runtime.read(exchangeTick)).length).toBe(1)
        expect(await runtime.read(safeModeCommand)).toEqual([])
      },
    )

    given(
      'bytes',
      'records of an older schema are still read, with defaults for what is new',
      async () => {
        const home = newHome()
        const runtime = await home.open()
        const older = olderSchema('exchange.tick', 'sequence', 7_001)
        const { sequence, ...old } = tradeOf('BTCUSDT', 90, startMs)
        expect(sequence).toBeNull()
        await home.appendBytes!(exchangeTick, 'BTCUSDT', older.encode(old), older)
        await runtime.settle()
        const [stored] = await runtime.read(exchangeTick)
        expect(stored).toMatchObject({ fault: null, value: { ...old, sequence: null } })
        expect((await runtime.read(marketBar)).length).toBe(1)
      },
    )

    given(
      'exclusive',
      'a log has one owner: a second one is refused and named the log',
      async () => {
        const home = newHome()
        const first = await home.open()
        await expect(home.open()).rejects.toThrow(/another process runs on it/)
        await put(first, exchangeTick, tradeOf('BTCUSDT', 90, startMs))
        await first.crash()
        const next = await home.open()
        expect((await next.read(marketBar)).length).toBe(1)
      },
    )

    given(
      'readers',
      'another process reads while it runs, and sees committed records only',
      async () => {
        const home = newHome()
        const seen: number[] = []
        let atCommit: Promise<LogRecord[]> | null = null
        const runtime = await home.open({
          atStep(step) {
            if (step === 'COMMIT') atCommit = home.readOutside!(marketBar)
          },
        })
        for (let i = 0; i < 3; i++) {
          await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs + i))
          seen.push((await atCommit!).length, (await home.readOutside!(marketBar)).length)
        }
        expect(seen).toEqual([0, 1, 1, 2, 2, 3])
      },
    )

    given(
      'retention',
      'retention removes what is older than its topic keeps, and never the last value of a key',
      async () => {
        let wallMs = startMs
        const runtime = await newHome().open({ wallMs: () => wallMs })
        await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs))
        wallMs += exchangeTick.retentionMs - 1
        await put(runtime, exchangeTick, tradeOf('ETHUSDT', 91, wallMs))
        expect((await runtime.read(exchangeTick)).length).toBe(2)
        wallMs += 5_000
        await runtime.settle()
        expect((await runtime.read(exchangeTick)).map((r) => r.offset)).toEqual([1])
        expect((await runtime.read(markState)).map((r) => r.offset)).toEqual([1])
        expect((await runtime.read(marketBar)).length, 'kept for longer').toBe(2)
        expect([...(await runtime.table(markState)).keys()].sort()).toEqual(['BTCUSDT', 'ETHUSDT'])
      },
    )

    given(
      'retention',
      'what retention takes from a slow reader is counted, not hidden',
      async () => {
        let wallMs = startMs
        const runtime = await newHome().open({ wallMs: () => wallMs })
        await runtime.poll('slow', exchangeTick, 1)
        for (let i = 0; i < 5; i++)
          await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs))
        wallMs += exchangeTick.retentionMs + 5_000
        await put(runtime, exchangeTick, tradeOf('BTCUSDT', 91, wallMs))
        const slow = (await runtime.lag()).find((l) => l.group === 'slow')
        expect(slow).toMatchObject({ lag: 1, trimmedUnread: 5 })
        expect((await runtime.poll('slow', exchangeTick, 10)).map((r) => r.offset)).toEqual([5])
      },
    )
  })
}
