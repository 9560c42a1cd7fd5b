// A logger for tests that look at records, not at log lines.
import { pino } from 'pino'

export const silentLogger = pino({ level: 'silent' })
