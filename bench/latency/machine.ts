// What the machine alone does to a latency: how late a timer is, and how long a small write takes to be on disk.
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from './meter.ts'

const probes = 300
const pauseMs = 5

/** Sleeps and syncs 4 KB in turn, without anything of ours. */
export async function probeMachine(folder: string) {
  const late: number[] = []
  const synced: number[] = []
  const page = Buffer.alloc(4_096)
  const file = openSync(join(folder, 'probe'), 'w')
  for (let probe = 0; probe < probes; probe++) {
    const sleptAt = performance.now()
    await sleep(pauseMs)
    const wokenAt = performance.now()
    writeSync(file, page)
    fdatasyncSync(file)
    late.push(wokenAt - sleptAt - pauseMs)
    synced.push(performance.now() - wokenAt)
  }
  closeSync(file)
  return {
    bare_timer_late_p99_ms: percentile(late, 0.99),
    bare_sync_p50_ms: percentile(synced, 0.5),
    bare_sync_p99_ms: percentile(synced, 0.99),
  }
}

/** CPU time of the process, and how long its main thread was ready and had no core (Linux; NaN elsewhere). */
export function used(): { readonly cpuMs: number; readonly waitMs: number } {
  const { user, system } = process.cpuUsage()
  let waitMs = NaN
  if (process.platform === 'linux')
    waitMs = Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6
  return { cpuMs: (user + system) / 1_000, waitMs }
}
