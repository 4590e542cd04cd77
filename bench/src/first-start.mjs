// What the first minutes cost: node bench/src/first-start.mjs. `npm start` in a fresh clone with an empty home, until it prints its
// link; then again. Seconds, and by how much the home grows.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'holdfast-first-start-'))
const clone = join(place, 'clone')
const home = join(place, 'home')

/** Seconds until the link is there. */
async function start() {
  const started = performance.now()
  const env = { ...process.env, HOME: home, npm_config_cache: join(home, '.npm') }
  const child = spawn('npm', ['start', '--', '--port', '0'], { cwd: clone, env, detached: true })
  let said = ''
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      said += chunk
      if (said.includes('#token=')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)))
  })
  const seconds = (performance.now() - started) / 1_000
  child.removeAllListeners('exit')
  const ended = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-child.pid, 'SIGINT')
  await ended
  return seconds
}

try {
  mkdirSync(home)
  execFileSync('git', ['clone', '-q', '--depth', '1', `file://${root}`, clone])
  const [first, second] = [await start(), await start()]
  const kilobytes = Number(execFileSync('du', ['-sk', home], { encoding: 'utf8' }).split('\t')[0])
  process.stdout.write(`first start   ${first.toFixed(1)} s\nsecond start  ${second.toFixed(1)} s\n`)
  process.stdout.write(`home          ${(kilobytes / 1_024).toFixed(0)} MB\n`)
} finally {
  rmSync(place, { recursive: true, force: true })
}
