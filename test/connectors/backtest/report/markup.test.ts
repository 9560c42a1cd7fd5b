import { expect, test } from 'vitest'
import { html, jsonScript } from '../../../../connectors/backtest/report/markup.ts'

test('text is escaped, in content and in attributes', () => {
  expect(html`<b title="${'"x"'}">${`<i>&'`}</b>`.markup).toBe(
    '<b title="&quot;x&quot;">&lt;i&gt;&amp;&#39;</b>',
  )
})

test('markup and lists of markup are put in as they are, once escaped', () => {
  const cells = ['<', '>'].map((text) => html`<b>${text}</b>`)
  expect(html`${cells}`.markup).toBe('<b>&lt;</b><b>&gt;</b>')
})

test('no text in a JSON document can end its script', () => {
  const { markup } = jsonScript('points', ['</script><script>'])
  expect(markup).not.toMatch(/<\/script>./)
  const json = markup.replace(/^<script[^>]*>/, '').replace(/<\/script>$/, '')
  expect(JSON.parse(json)).toEqual(['</script><script>'])
})
