// What the process itself uses, under the names that every Prometheus client gives it.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { counter, gauge } from './exposition.ts'

export interface ProcessMetrics extends Disposable {
  render(): string
}

/** Watches the event loop until it is disposed of. */
export function createProcessMetrics(): ProcessMetrics {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const startedAtS = Date.now() / 1_000 - process.uptime()
  return {
    render() {
      const cpu = process.cpuUsage()
      const started = gauge({
        name: 'process_start_time_seconds',
        help: 'Unix time at which the process started.',
      })
      const memory = gauge({
        name: 'process_resident_memory_bytes',
        help: 'Memory that the process holds.',
      })
      const used = counter({ name: 'process_cpu_seconds_total', help: 'CPU time used.' })
      const loop = gauge({
        name: 'nodejs_eventloop_lag_seconds',
        help: 'Longest delay of the event loop since the last scrape.',
      })
      started.set([], startedAtS)
      memory.set([], process.memoryUsage.rss())
      used.add([], (cpu.user + cpu.system) / 1e6)
      loop.set([], delay.max / 1e9)
      delay.reset()
      return [started, memory, used, loop].map((family) => family.render()).join('')
    },
    [Symbol.dispose]() {
      delay.disable()
    },
  }
}
