// Runs the demonstration without a browser and writes what it printed, as a moving picture, to docs/demo.svg.
// Needs a build (`pnpm build`). Fails, and writes nothing, where the run was not exact.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { svgOf } from '../apps/demo/dist/recording.js'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const started = performance.now()
const demo = spawn(process.execPath, [path('../apps/demo/dist/live/start.js'), '--headless'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const lines = []
createInterface({ input: demo.stdout }).on('line', (text) => {
  process.stdout.write(`${text}\n`)
  lines.push({ atMs: Math.round(performance.now() - started), text })
})
const [code] = await once(demo, 'close')
if (code !== 0) throw new Error(`The demonstration ended with code ${code}: nothing is written.`)
writeFileSync(path('../docs/demo.svg'), svgOf(lines, { command: 'npm start -- --headless' }))
