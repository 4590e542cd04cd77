// What the first minutes cost: node bench/src/first-start.mjs. `npm start` in a fresh clone with an empty home, until it prints its
// link; then again. Seconds, those of a processor among them (Linux), which say more on a machine that is shared, and by how much
// the home grows.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'holdfast-first-start-'))
const clone = join(place, 'clone')
const home = join(place, 'home')

/** Of the kernel's counters of processor time. */
const TICKS_A_SECOND = 100

/** Seconds until the link is there, and what a group of processes and those that it waited for used meanwhile. */
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
  const busy = processorSeconds(child.pid)
  child.removeAllListeners('exit')
  const ended = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-child.pid, 'SIGINT')
  await ended
  return { seconds, busy }
}

/** `utime`, `stime`, `cutime` and `cstime` of every process of a group; undefined where there is no `/proc`. */
function processorSeconds(group) {
  if (!existsSync('/proc/self/stat')) return undefined
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      // The name in brackets may hold spaces.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      if (Number(fields[2]) === group) ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    } catch {
      // It has ended.
    }
  }
  return ticks / TICKS_A_SECOND
}

function told({ seconds, busy }) {
  return `${seconds.toFixed(1)} s${busy === undefined ? '' : `, of a processor ${busy.toFixed(1)} s`}`
}

try {
  mkdirSync(home)
  execFileSync('git', ['clone', '-q', '--depth', '1', `file://${root}`, clone])
  const [first, second] = [await start(), await start()]
  const kilobytes = Number(execFileSync('du', ['-sk', home], { encoding: 'utf8' }).split('\t')[0])
  process.stdout.write(`first start   ${told(first)}\nsecond start  ${told(second)}\n`)
  process.stdout.write(`home          ${(kilobytes / 1_024).toFixed(0)} MB\n`)
} finally {
  rmSync(place, { recursive: true, force: true })
}
