// kill -9 of the running product, again and again on one log. After each death an outside checker opens both files.
// The seed is printed: it decides the moments, not what the market does meanwhile.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { randomFrom } from '../../connectors/exchange/simulator/random.ts'
import { tradeClosed } from '../../schemas/topics.ts'
import {
  dueBeforeMs,
  faultsAtAnyMoment,
  faultsWhenSettled,
  isSettled,
  summaryOf,
  watcherFaults,
} from './audit.ts'
import { lively, quiet } from './lively.ts'
import { readRemains } from './remains.ts'
import { createHome, start, waitUntil } from './running.ts'
import { witness } from './witness.ts'

const kills = 25

/** What was asked for so long before the death must have ended, when the process was up for all of it. */
const graceMs = 2_000

test(
  `kill -9 at ${kills} random moments loses nothing, repeats nothing and leaves no difference to the venue`,
  { timeout: 240_000 },
  async () => {
    const seed = Number(process.env['QUANTUM_FAULT_SEED'] ?? Date.now() % 1_000_000)
    const random = randomFrom(`kill ${seed}`)
    const again = `QUANTUM_FAULT_SEED=${seed}`
    const home = createHome()
    const { logPath, venuePath } = home
    const config = home.configFile('lively.yaml', lively)
    const eyes = witness(logPath)
    let settled = 0
    let died = ''

    for (let round = 1; round <= kills; round++) {
      const up = start(['up', '--config', config, '--json'])
      await waitUntil(up, () => eyes.look() > 0, `a first commit (round ${round}, ${again})`)
      const commitAtMs = Date.now()
      // Every fourth dies while it still recovers.
      const lifeMs = round % 4 === 0 ? random.between(0, 300) : random.between(500, 2_400)
      while (Date.now() - commitAtMs < lifeMs && !up.isOver()) {
        eyes.look()
        await sleep(Math.min(40, Math.max(1, commitAtMs + lifeMs - Date.now())))
      }
      up.kill('SIGKILL')
      const end = await up.ended
      died = `death ${round} after ${Math.round(lifeMs)} ms, ${again}`
      expect(end, died).toMatchObject({ signal: 'SIGKILL', err: '' })

      expect(eyes.lost(), `records, ${died}`).toEqual([])
      // What was committed last, so that the next commit that is seen is one of the next start.
      eyes.look()
      const remains = await readRemains(logPath, venuePath)
      const dueMs = dueBeforeMs(remains, graceMs)
      expect(faultsAtAnyMoment(remains, dueMs), `any moment, ${died}`).toEqual([])
      expect(watcherFaults(remains), `what our watchers say, ${died}`).toEqual([])
      if (!isSettled(remains)) continue
      settled++
      expect(faultsWhenSettled(remains), `settled, ${died}`).toEqual([])
    }
    expect((await readRemains(logPath, venuePath)).of(tradeClosed).length, again).toBeGreaterThan(0)

    for (const [name, settings, life] of [
      ['lively', lively, '2s'],
      ['quiet', quiet, '4s'],
    ] as const) {
      const last = home.configFile(`last-${name}.yaml`, settings)
      const end = await start(['up', '--config', last, '--for', life, '--json']).ended
      expect(end, `${name}, ${again}`).toMatchObject({ signal: null, err: '' })
      expect(eyes.lost(), `records, ${name}, ${again}`).toEqual([])
      const remains = await readRemains(logPath, venuePath)
      const dueMs = name === 'quiet' ? Infinity : dueBeforeMs(remains, graceMs)
      expect(faultsAtAnyMoment(remains, dueMs), `${name}, ${again}`).toEqual([])
    }
    const remains = await readRemains(logPath, venuePath)
    expect(isSettled(remains), `nothing is under way at the end, ${again}`).toBe(true)
    expect(faultsWhenSettled(remains), `at the end, ${again}`).toEqual([])
    expect([...remains.positions.keys()], `flat at the end, ${again}`).toEqual([])
    console.log(`${again}: ${kills} deaths, ${settled} of them settled; ${summaryOf(remains)}`)
  },
)
