// HTML as a template that escapes whatever is put into it. Text becomes markup nowhere else, so a symbol or a title can't break the page.

/** Markup that is safe to put into a page as it is. Only the template below makes it. */
export interface Markup {
  readonly markup: string
}

/** What a template takes: text and numbers are escaped, markup and lists of markup are put in as they are. */
export type Insert = string | number | Markup | readonly Markup[]

/** A piece of HTML: html`<td>${text}</td>`. Attributes must be quoted in the template. */
export function html(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  let markup = parts[0] ?? ''
  inserts.forEach((insert, index) => {
    markup += render(insert) + (parts[index + 1] ?? '')
  })
  return { markup }
}

/** A JSON document for a script element: no character of it can end the element. */
export function jsonScript(id: string, value: unknown): Markup {
  const json = JSON.stringify(value).replaceAll('<', '\\u003c')
  return {
    markup: `<script type="application/json" id="${escapeHtml(id)}">${json}</script>`,
  }
}

/** Our own style sheet or script, which holds no foreign text. */
export function ownText(tag: 'style' | 'script', text: string): Markup {
  return { markup: `<${tag}>${text}</${tag}>` }
}

function render(insert: Insert): string {
  if (typeof insert === 'string' || typeof insert === 'number') return escapeHtml(String(insert))
  if ('markup' in insert) return insert.markup
  return insert.map((piece) => piece.markup).join('')
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
