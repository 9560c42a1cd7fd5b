// quantum config: the effective configuration, or what each setting means.
import { stringify } from 'yaml'
import { configOf } from './open-log.ts'
import { settings } from './configuration/settings.ts'
import type { Verb } from './verb.ts'
import { exit } from './verb.ts'

export const verb: Verb = {
  name: 'config',
  summary: 'Print the effective configuration, or with --settings what each setting means.',
  usage: '[--config FILE] [--settings]',
  options: {
    config: {
      type: 'string',
      help: 'Configuration file (YAML). Default: the demo that `up` runs.',
    },
    settings: { type: 'boolean', help: 'List every setting with its default and meaning.' },
  },
  async run({ values, io, json }) {
    if (values['settings'] === true) {
      const rows = settings()
      io.out(
        json
          ? JSON.stringify(rows)
          : rows.map((r) => `${r.name} = ${r.default}\n    ${r.meaning}`).join('\n'),
      )
      return exit.ok
    }
    const config = configOf({ values, io })
    io.out(json ? JSON.stringify(config) : stringify(config).trimEnd())
    return exit.ok
  },
}
