// What starting costs, in turn with bare Node: node bench/src/cli-start.mjs [rounds]. Medians, and ratios to bare Node.
// The command is the one that `npx holdfast` runs here: what `npm start` has made, or a build, whichever is newer.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const file = (path) => fileURLToPath(new URL(path, import.meta.url))
const CLI = file('../../scripts/holdfast.mjs')
const GATEWAY = file('../../apps/gateway/dist/main.js')
const rounds = Number(process.argv[2] ?? 9)

const gateway = spawn(process.execPath, [GATEWAY, '--json', '--port', '0', '--store', 'memory', '--token', 'secret'])
const [line] = await once(createInterface({ input: gateway.stdout }), 'line')
const env = { ...process.env, HOLDFAST_URL: JSON.parse(line).url, HOLDFAST_TOKEN: 'secret' }

const PROGRAMS = {
  'node -e 0': ['-e', '0'],
  'holdfast --help': [CLI, '--help'],
  'holdfast ls': [CLI, 'ls'],
  'holdfast shell -- true': [CLI, 'shell', '--', 'true'],
}

function timed(args) {
  const started = performance.now()
  const { status } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`)
  return performance.now() - started
}

const took = Object.fromEntries(Object.keys(PROGRAMS).map((name) => [name, []]))
// In turn, so that what else the machine does falls on all of them.
for (let round = 0; round < rounds; round++) {
  for (const [name, args] of Object.entries(PROGRAMS)) took[name].push(timed(args))
}
const median = (times) => times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0
const bare = median(took['node -e 0'])
for (const [name, times] of Object.entries(took)) {
  const ms = median(times)
  process.stdout.write(`${name.padEnd(24)} ${ms.toFixed(0).padStart(6)} ms  ${(ms / bare).toFixed(2).padStart(5)}\n`)
}
gateway.kill()
