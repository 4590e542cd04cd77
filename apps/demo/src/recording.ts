/** A line that a program printed, and when, in milliseconds since it started. */
export interface RecordedLine {
  readonly atMs: number
  readonly text: string
}

/** How a recording is played. */
export interface RecordingOptions {
  /** What was typed to start the program. */
  readonly command: string
  /** How much faster than it was. @defaultValue 1.5 */
  readonly speed?: number | undefined
}

const CHARACTER = { width: 7.8, height: 18 } as const
const MARGIN = 16
const TOP = 48
/** The last picture stays for so long before it begins anew. In seconds. */
const HOLD_S = 8

/** The recording as a picture that moves: it needs no script, loads nothing, and stands still for those who want that. */
export function svgOf(lines: readonly RecordedLine[], { command, speed = 1.5 }: RecordingOptions): string {
  const shown = [{ atMs: 0, text: `$ ${command}` }, ...lines]
  const columns = Math.max(...shown.map(({ text }) => text.length))
  const width = Math.ceil(columns * CHARACTER.width + 2 * MARGIN)
  const height = TOP + shown.length * CHARACTER.height + MARGIN
  const endS = (shown.at(-1)?.atMs ?? 0) / 1_000 / speed + HOLD_S
  const rows = shown.map((line, index) => {
    const startPercent = ((line.atMs / 1_000 / speed / endS) * 100).toFixed(2)
    const y = TOP + (index + 0.75) * CHARACTER.height
    return {
      rule: `@keyframes r${index}{0%,${startPercent}%{opacity:0}${(Number(startPercent) + 0.01).toFixed(2)}%,100%{opacity:1}}`,
      text: `<text class="${colourOf(line.text)}" style="animation-name:r${index}" x="${MARGIN}" y="${y}" xml:space="preserve">${escaped(line.text)}</text>`,
    }
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t">
<title id="t">${escaped(command)}: ${escaped(lines.at(-1)?.text ?? '')}</title>
<style>
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e4e9f0;animation:${endS.toFixed(1)}s step-end infinite}
.soft{fill:#a0adbd}.accent{fill:#7cc4ff}.good{fill:#56d364;font-weight:700}.name{animation:none;fill:#a0adbd}
@media (prefers-reduced-motion:reduce){text{animation:none}}
${rows.map(({ rule }) => rule).join('\n')}
</style>
<rect width="100%" height="100%" rx="10" fill="#10151c"/>
<g fill="#3a4757"><circle cx="20" cy="20" r="6"/><circle cx="40" cy="20" r="6"/><circle cx="60" cy="20" r="6"/></g>
<text class="name" x="${width / 2}" y="24" text-anchor="middle">a real run, ${speed} times as fast</text>
${rows.map(({ text }) => text).join('\n')}
</svg>
`
}

/** What goes wrong, what comes back, and how it ended can be distinguished at a glance. */
function colourOf(text: string): string {
  if (/\d+\/\d+ {2}/.test(text)) return 'accent'
  if (text.includes('nothing was lost or doubled')) return 'good'
  return text.includes('open again') ? 'soft' : 'plain'
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
