// Counters, gauges and histograms, and their text as Prometheus reads it (exposition format 0.0.4).
// Label values must come from closed sets: names of topics, groups and partitions, enums; never ids or texts.

/** One metric with all of its series. */
export interface Family {
  /** HELP, TYPE and the samples, each line with its end. */
  render(): string
}

export interface Counter extends Family {
  add(labels: readonly string[], amount?: number): void
}

export interface Gauge extends Family {
  set(labels: readonly string[], value: number): void
  /** Removes every series whose labels match. */
  remove(matches: (labels: readonly string[]) => boolean): void
}

export interface Histogram extends Family {
  observe(labels: readonly string[], value: number): void
}

export interface Description {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

/** A number that only rises. Its name ends in `_total`. */
export function counter(description: Description): Counter {
  const series = createSeries(() => ({ value: 0 }))
  return {
    add(labels, amount = 1) {
      series.of(labels).value += amount
    },
    render: () =>
      textOf(description, 'counter', (line) => {
        for (const [labels, { value }] of series.all()) line('', description.labels, labels, value)
      }),
  }
}

/** A number that is what it is now. */
export function gauge(description: Description): Gauge {
  const series = createSeries(() => ({ value: 0 }))
  return {
    set(labels, value) {
      series.of(labels).value = value
    },
    remove: series.remove,
    render: () =>
      textOf(description, 'gauge', (line) => {
        for (const [labels, { value }] of series.all()) line('', description.labels, labels, value)
      }),
  }
}

/** How many values lay at or below each bound. `bounds` rise. */
export function histogram(description: Description, bounds: readonly number[]): Histogram {
  const series = createSeries(() => ({ counts: bounds.map(() => 0), count: 0, sum: 0 }))
  const names = [...(description.labels ?? []), 'le']
  return {
    observe(labels, value) {
      const one = series.of(labels)
      const i = bounds.findIndex((bound) => value <= bound)
      if (i >= 0) one.counts[i]!++
      one.count++
      one.sum += value
    },
    render: () =>
      textOf(description, 'histogram', (line) => {
        for (const [labels, { counts, count, sum }] of series.all()) {
          let upTo = 0
          bounds.forEach((bound, i) => {
            upTo += counts[i]!
            line('_bucket', names, [...labels, numberText(bound)], upTo)
          })
          line('_bucket', names, [...labels, '+Inf'], count)
          line('_sum', description.labels, labels, sum)
          line('_count', description.labels, labels, count)
        }
      }),
  }
}

function createSeries<S>(initial: () => S) {
  const series = new Map<string, readonly [labels: readonly string[], state: S]>()
  return {
    of(labels: readonly string[]): S {
      const key = labels.join('\u0000')
      const known = series.get(key)
      if (known !== undefined) return known[1]
      const state = initial()
      series.set(key, [[...labels], state])
      return state
    },
    remove: (matches: (labels: readonly string[]) => boolean): void => {
      for (const [key, [labels]] of series) if (matches(labels)) series.delete(key)
    },
    all: () => series.values(),
  }
}

type Line = (
  suffix: string,
  names: readonly string[] | undefined,
  labels: readonly string[],
  value: number,
) => void

function textOf({ name, help }: Description, type: string, write: (line: Line) => void): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  let text = `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n`
  write((suffix, names = [], labels, value) => {
    const pairs = names.map((label, i) => `${label}="${labelText(labels[i] ?? '')}"`).join(',')
    text += `${name}${suffix}${pairs === '' ? '' : `{${pairs}}`} ${numberText(value)}\n`
  })
  return text
}

const labelText = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}
