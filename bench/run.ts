// npm run bench -- NAME [--json]: runs one benchmark. Each is one file here; its last line of output is one JSON object.
import { readdirSync } from 'node:fs'

export interface Bench {
  readonly summary: string
  /** Runs it; `log` is for progress. Gives the figures. */
  readonly run: (log: (text: string) => void) => Promise<Record<string, unknown>>
}

if (import.meta.main) {
  const names = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && !['run.ts', 'child.ts'].includes(file))
    .map((file) => file.slice(0, -'.ts'.length))
  const name = process.argv.slice(2).find((argument) => !argument.startsWith('--'))
  if (name === undefined || !names.includes(name)) {
    console.error(`usage: npm run bench -- NAME [--json], NAME one of ${names.join(', ')}`)
    process.exit(2)
  }
  const { bench } = (await import(`./${name}.ts`)) as { bench: Bench }
  const json = process.argv.includes('--json')
  const figures = await bench.run((text) => {
    console.error(text)
  })
  if (json) console.log(JSON.stringify(figures))
  else
    for (const [key, value] of Object.entries(figures))
      console.log(`${key}: ${JSON.stringify(value)}`)
}
