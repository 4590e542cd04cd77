import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proxyPrograms } from '../../../scripts/proxy-programs.ts'
import { freePort } from '../support/free-port.ts'

const PAGE = readFileSync(new URL('../../../docs/caching.md', import.meta.url), 'utf8')

/** nginx in front of a gateway. */
export interface Cache {
  readonly url: string
  stop(): Promise<void>
}

/** Where an nginx is that is about to start. */
export interface NginxPlace {
  readonly folder: string
  readonly port: number
}

/**
 * Starts it before the gateway at this port, as docs/caching.md has it. `everywhere`: it would keep every answer that says it may be kept, of every path,
 * with the credentials that came.
 */
export function startCache(gatewayPort: number, everywhere = false): Promise<Cache> {
  return startNginx((place) => cacheOf(place, gatewayPort, everywhere))
}

/** Starts nginx with what `configure` says within `http { … }`. Resolves when it answers. */
export async function startNginx(configure: (place: NginxPlace) => string): Promise<Cache> {
  const program = proxyPrograms().nginx
  if ('missing' in program) throw new Error(program.missing)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-cache-'))
  mkdirSync(join(folder, 'cache'))
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, mainConfiguration(folder, configure({ folder, port })))
  const child = spawn(program.path, ['-c', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; !(await answers(url)); tries++) {
    if (tries > 200 || child.exitCode !== null) throw new Error(`nginx does not answer: ${said.slice(-2_000)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { url, stop: () => stop(child, folder) }
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
  rmSync(folder, { recursive: true, force: true })
}

function cacheOf({ folder, port }: NginxPlace, gatewayPort: number, everywhere: boolean): string {
  const changes: Readonly<Record<string, string>> = {
    'listen 443 ssl': `listen 127.0.0.1:${port}`,
    '  ssl_certificate /etc/ssl/hub.example/chain.pem;\n': '',
    '  ssl_certificate_key /etc/ssl/hub.example/key.pem;\n': '',
    '/var/cache/nginx/holdfast': join(folder, 'cache'),
    '127.0.0.1:4600': `127.0.0.1:${gatewayPort}`,
    ...(everywhere ? { '    proxy_buffering off;\n': '    proxy_cache holdfast;\n    proxy_cache_key $uri;\n' } : {}),
  }
  const block = /```nginx\n([^`]*)```/.exec(PAGE)?.[1]
  if (block === undefined) throw new Error('the page has no configuration')
  return Object.entries(changes).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`the page does not name ${from}`)
    return before.replaceAll(from, to)
  }, block)
}

function mainConfiguration(folder: string, http: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder};`)
  return `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${folder}/pid; worker_processes 1; error_log stderr;
    events { worker_connections 8192; } http { access_log off; keepalive_requests 100000; ${paths.join(' ')} ${http} }`
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`).catch(() => undefined)
  return response !== undefined
}
