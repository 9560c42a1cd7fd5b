// The report's own script: read-out under the pointer, sorting of the trade list, light and dark. The page is whole without it.

export const pageScript = `
(() => {
  'use strict'
  const root = document.documentElement
  const theme = document.getElementById('theme')
  theme.hidden = false
  theme.addEventListener('click', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
    root.dataset.theme = dark ? 'light' : 'dark'
  })

  const chart = document.getElementById('chart')
  if (chart) {
    const { points, money, loss } = JSON.parse(document.getElementById('points').textContent)
    const readout = document.getElementById('readout')
    const cursor = document.getElementById('cursor')
    const dots = [...chart.querySelectorAll('.dot')]
    const plot = chart.querySelector('.plot')
    const first = points[0][0]
    const last = points[points.length - 1][0]
    const usd = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
    const nearest = (at) => {
      let low = 0
      let high = points.length - 1
      while (high - low > 1) {
        const middle = (low + high) >> 1
        if (points[middle][0] <= at) low = middle
        else high = middle
      }
      return at - points[low][0] <= points[high][0] - at ? points[low] : points[high]
    }
    const show = ([at, equity, drawdown]) => {
      const x = (at - first) / (last - first)
      const time = new Date(at).toISOString().replace('T', ' ').slice(0, last - first < 3600000 ? 23 : 19)
      const values = [time + ' UTC', usd.format(equity) + ' USD', (drawdown > 0 ? '−' : '') + usd.format(drawdown * 100) + ' %']
      readout.replaceChildren(...['', '  equity ', '  drawdown '].flatMap((label, index) => {
        const value = document.createElement('b')
        value.textContent = values[index]
        return [label, value]
      }))
      cursor.style.left = x * plot.clientWidth + 'px'
      cursor.style.opacity = 0.6
      const heights = [1 - (equity - money.low) / (money.high - money.low), drawdown / loss.high]
      dots.forEach((dot, index) => {
        dot.style.left = x * 100 + '%'
        dot.style.top = heights[index] * 100 + '%'
        dot.style.opacity = 1
      })
    }
    const hide = () => {
      show(points[points.length - 1])
      cursor.style.opacity = 0
      for (const dot of dots) dot.style.opacity = 0
    }
    chart.addEventListener('pointermove', (event) => {
      const box = plot.getBoundingClientRect()
      const x = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1)
      show(nearest(first + x * (last - first)))
    })
    chart.addEventListener('pointerleave', hide)
    hide()
  }

  for (const table of document.querySelectorAll('table[data-sortable]')) {
    const body = table.tBodies[0]
    const heads = [...table.tHead.rows[0].cells]
    const keyOf = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent
    heads.forEach((head, column) => head.querySelector('button').addEventListener('click', () => {
      const numeric = !head.classList.contains('text')
      const down = head.ariaSort ? head.ariaSort !== 'descending' : numeric
      for (const other of heads) other.removeAttribute('aria-sort')
      head.ariaSort = down ? 'descending' : 'ascending'
      const compare = numeric
        ? (a, b) => Number(keyOf(a, column)) - Number(keyOf(b, column))
        : (a, b) => keyOf(a, column).localeCompare(keyOf(b, column), 'en')
      const rows = [...body.rows].sort((a, b) => (down ? compare(b, a) : compare(a, b)))
      body.replaceChildren(...rows)
    }))
  }
})()
`
