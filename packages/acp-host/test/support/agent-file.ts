import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { buildSync } from 'esbuild'

const SOURCE = join(import.meta.dirname, 'scripted-agent.mjs')
const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache')
/** Another version is installed elsewhere; its `package.json` is not among what it exports. */
const SDK = createRequire(SOURCE).resolve('@agentclientprotocol/sdk')

/** The scripted agent, in one file with the SDK that it stands on: hundreds of tests start it, and to load the SDK takes longest. */
export const AGENT_FILE: string = bundled()

function bundled(): string {
  const key = createHash('sha256').update(SDK).update(readFileSync(SOURCE)).digest('hex').slice(0, 16)
  const file = join(CACHE, `scripted-agent-${key}`, 'scripted-agent.mjs')
  if (existsSync(file)) return file
  // Another worker may do the same at the same time.
  const made = `${file}.${process.pid}`
  mkdirSync(dirname(file), { recursive: true })
  buildSync({ entryPoints: [SOURCE], outfile: made, bundle: true, minify: true, platform: 'node', format: 'esm' })
  renameSync(made, file)
  return file
}
