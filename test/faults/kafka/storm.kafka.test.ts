// Processes that come and go all the time, politely or not, under load: hardly a rebalance is over when the next one begins.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { randomFrom } from '../../../connectors/exchange/simulator/random.ts'
import { needsPython } from '../../kit/broker/needs.ts'
import { sharedBench } from '../../kit/broker/shared-bench.ts'
import { openArena } from './arena.ts'
import type { Child } from './processes.ts'

const stormMs = 16_000

/** Time from one coming or going to the next. */
const beatMs = 800

/** Most processes of the group at a time, besides the one that answers commands. */
const most = 3

/** Longest polite end. */
const leaveMs = 10_000

describe('a storm of rebalances', needsPython(), () => {
  test('loses nothing and repeats nothing', { timeout: 240_000 }, async () => {
    const seed = Number(process.env['QUANTUM_FAULT_SEED'] ?? Date.now() % 1_000_000)
    const again = `QUANTUM_FAULT_SEED=${seed}`
    const random = randomFrom(`storm ${seed}`)
    const arena = await openArena({ ...sharedBench(), kafka: { session_timeout_ms: 1_500 } })
    await arena.up('gateway', { run: [], connects: true })
    arena.feed.go(250)
    const alive: Child[] = []
    const leaving: Promise<number>[] = []
    const done = { starts: 0, kills: 0, leaves: 0 }
    const leave = async (child: Child): Promise<number> => {
      const startMs = performance.now()
      process.kill(child.pid, 'SIGTERM')
      await child.over('a polite end', 30_000)
      return performance.now() - startMs
    }
    for (const end = performance.now() + stormMs; performance.now() < end; await sleep(beatMs)) {
      const goes = alive.length === most || (alive.length > 1 && random.between(0, 1) < 0.5)
      if (goes) {
        const [child] = alive.splice(Math.floor(random.between(0, alive.length)), 1)
        // Half of them while they still start, and one that has gone wrong by itself is no wonder either.
        const stories = child!.lines().filter(({ level }) => level >= 60)
        expect(stories, `${child!.name}, ${again}`).toEqual([])
        if (random.between(0, 1) < 0.5) {
          done.kills++
          await child!.kill()
        } else {
          done.leaves++
          leaving.push(leave(child!))
        }
      } else {
        done.starts++
        // Some have names of their own, most have none.
        const instance = done.starts % 4 === 0 ? `named${done.starts}` : ''
        alive.push(await arena.start(`storm${done.starts}`, { kafka: { instance } }))
      }
    }
    const longest = Math.max(0, ...(await Promise.all(leaving)))
    expect(longest, again).toBeLessThan(leaveMs)
    if (alive.length === 0) alive.push(await arena.start('last', { kafka: { instance: '' } }))
    const { ticks } = await arena.settled(`after the storm, ${again}`)
    const rebalances = new Set(
      alive.flatMap((child) => child.lines().flatMap(({ generation }) => generation ?? [])),
    )
    const last = Math.max(...rebalances)
    console.log(
      `storm: ${done.starts} starts, ${done.kills} kills, ${done.leaves} leaves (longest ${Math.round(longest)} ms), ${last} generations, ${ticks} inputs, 0 lost, 0 twice (${again})`,
    )
  })
})
