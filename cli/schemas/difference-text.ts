// Differences between schemas as lines: + a field that came, - one that went, ~ one that changed.
import type { Difference } from '../../schemas/difference.ts'

export function differenceLine({ field, change, what, before, after }: Difference): string {
  switch (change) {
    case 'added':
      return `  + ${field}: ${after ?? ''}`
    case 'removed':
      return `  - ${field}: ${before ?? ''}`
    case 'changed':
      return `  ~ ${field === '' ? 'the record' : field}: ${what} ${before ?? 'none'} → ${after ?? 'none'}`
  }
}
