/** What one of something costs, by how many there are. */
export interface Series {
  readonly label: string
  readonly points: readonly (readonly [count: number, value: number])[]
}

const WIDTH = 360
const HEIGHT = 170
const PAD = { left: 52, right: 16, top: 34, bottom: 28 } as const
const COLUMNS = 2

/** One chart each, as SVG: counts on a logarithmic axis, values from zero up, so that a cost that does not grow is a flat line. */
export function curvesOf(series: readonly Series[]): string {
  const rows = Math.ceil(series.length / COLUMNS)
  const charts = series.map((one, at) => {
    const x = (at % COLUMNS) * WIDTH
    const y = Math.floor(at / COLUMNS) * HEIGHT
    return `<g transform="translate(${x} ${y})">${chartOf(one)}</g>`
  })
  const style = 'text{font:11px sans-serif;fill:#57606a}.l{fill:none;stroke:#0969da;stroke-width:2}.a{stroke:#d0d7de}'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * COLUMNS} ${HEIGHT * rows}" role="img" aria-label="${series
    .map(({ label }) => label)
    .join('; ')}"><style>${style}</style><rect width="100%" height="100%" fill="#fff"/>${charts.join('')}</svg>\n`
}

function chartOf({ label, points }: Series): string {
  const most = Math.max(...points.map(([, value]) => value)) * 1.2
  const logs = points.map(([count]) => Math.log10(count))
  const [low, high] = [Math.min(...logs), Math.max(...logs)]
  const x = (at: number): number =>
    PAD.left + (((logs[at] ?? low) - low) / (high - low || 1)) * (WIDTH - PAD.left - PAD.right)
  const y = (value: number): number => HEIGHT - PAD.bottom - (value / most) * (HEIGHT - PAD.top - PAD.bottom)
  const line = points.map(([, value], at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  const base = HEIGHT - PAD.bottom
  const marks = points.map(
    ([count, value], at) =>
      `<circle cx="${x(at).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3" fill="#0969da"/>` +
      `<text x="${x(at).toFixed(1)}" y="${(y(value) - 7).toFixed(1)}" text-anchor="middle">${shown(value)}</text>` +
      `<text x="${x(at).toFixed(1)}" y="${base + 16}" text-anchor="middle">${count.toLocaleString('en')}</text>`,
  )
  return (
    `<text x="8" y="16">${label}</text><line class="a" x1="${PAD.left}" x2="${WIDTH - PAD.right}" y1="${base}" y2="${base}"/>` +
    `<polyline class="l" points="${line}"/>${marks.join('')}`
  )
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1)
}
