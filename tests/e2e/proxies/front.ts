import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ProxyName, type ProxyProgram, proxyPrograms } from '../../../scripts/proxy-programs.ts'
import { freePort } from '../support/free-port.ts'
import { FOLDER } from './certificate.ts'

/** The page whose configurations are tried. */
const PAGE = readFileSync(new URL('../../../docs/proxies.md', import.meta.url), 'utf8')
const READY_MS = 20_000
const APACHE_MODULES = [
  ...['mpm_event', 'authz_core', 'ssl', 'headers', 'proxy', 'proxy_http', 'proxy_wstunnel', 'filter', 'deflate'],
]

/** A proxy that is in front of a gateway. */
export interface Front {
  /** Of the gateway, through it. */
  readonly url: string
  readonly port: number
  /** Has it read its configuration anew, as its operator would, and cut what it had open. */
  reload(): void
  stop(): Promise<void>
}

interface Place {
  readonly program: Extract<ProxyProgram, { readonly path: string }>
  readonly folder: string
  readonly port: number
  /** `127.0.0.1:port`, or the absolute path of a Unix socket. */
  readonly gateway: string
}

interface Recipe {
  readonly file: string
  configuration(place: Place): string
  args(file: string, place: Place): readonly string[]
  reload(child: ChildProcess, file: string, place: Place): void
}

/** Starts a proxy with its configuration from the page. `gateway` is `127.0.0.1:port` or the path of a Unix socket. Resolves when it answers. */
export async function startFront(name: ProxyName, gateway: string): Promise<Front> {
  const program = proxyPrograms()[name]
  if ('missing' in program) throw new Error(program.missing)
  const folder = mkdtempSync(join(certificates(), `${name}-`))
  const place = { program, folder, port: await freePort(), gateway }
  const recipe = RECIPES[name]
  const file = join(folder, recipe.file)
  writeFileSync(file, recipe.configuration(place))
  const child = spawn(program.path, recipe.args(file, place), { env: environmentOf(place) })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const url = `https://localhost:${place.port}/holdfast`
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await exited
    clearTimeout(timer)
  }
  if (!(await answers(`${url}/readyz`, () => child.exitCode === null))) {
    await stop()
    throw new Error(`${name} does not answer: ${said.slice(-2_000)}`)
  }
  return { url, port: place.port, reload: () => recipe.reload(child, file, place), stop }
}

const RECIPES: Readonly<Record<ProxyName, Recipe>> = {
  nginx: {
    file: 'nginx.conf',
    configuration(place) {
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${place.folder};`)
      return `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${place.folder}/pid; worker_processes 1;
        error_log stderr; worker_shutdown_timeout 1s; events {}
        http { access_log off; gzip on; gzip_proxied any; gzip_types text/event-stream; ${paths.join(' ')}
        ${fromPage('nginx', place, { 'listen 443': `listen 127.0.0.1:${place.port}` })} }`
    },
    args: (file) => ['-c', file],
    reload: (child) => void child.kill('SIGHUP'),
  },
  haproxy: {
    file: 'haproxy.cfg',
    configuration: (place) =>
      fromPage('haproxy', place, {
        'bind :443': `bind 127.0.0.1:${place.port}`,
        'hard-stop-after 30s': 'hard-stop-after 1s',
      }),
    args: (file) => ['-W', '-f', file],
    reload: (child) => void child.kill('SIGUSR2'),
  },
  caddy: {
    file: 'Caddyfile',
    configuration: (place) =>
      fromPage('caddyfile', place, {
        'hub.example {': `https://localhost:${place.port} {`,
        'grace_period 30s': `grace_period 1s\n  admin unix/${place.folder}/admin\n  auto_https disable_redirects`,
      }),
    args: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
    reload(_child, file, place) {
      const address = `unix/${place.folder}/admin`
      const args = ['reload', '--force', '--config', file, '--adapter', 'caddyfile', '--address', address]
      const { status, stderr } = spawnSync(place.program.path, args, { env: environmentOf(place), encoding: 'utf8' })
      if (status !== 0) throw new Error(`caddy reload: ${stderr}`)
    },
  },
  apache2: {
    file: 'apache.conf',
    configuration(place) {
      const modules = APACHE_MODULES.map((name) => `LoadModule ${name}_module ${place.program.modules}/mod_${name}.so`)
      return `${modules.join('\n')}
ServerRoot ${place.folder}
DefaultRuntimeDir ${place.folder}
Mutex file:${place.folder} default
ServerName localhost
PidFile ${place.folder}/pid
ErrorLog ${place.folder}/error.log
AddOutputFilterByType DEFLATE text/event-stream
${fromPage('apache', place, { 'Listen 443': `Listen 127.0.0.1:${place.port}`, '*:443': `127.0.0.1:${place.port}` })}`
    },
    args: (file) => ['-DFOREGROUND', '-f', file],
    reload: (child) => void child.kill('SIGHUP'),
  },
}

/** What the page shows, with the places of this test in the place of those that it names. Each must be there. */
function fromPage(language: string, place: Place, changes: Readonly<Record<string, string>>): string {
  const block = new RegExp(`\`\`\`${language}\n([^\`]*)\`\`\``).exec(PAGE)?.[1]
  if (block === undefined) throw new Error(`the page has no configuration of ${language}`)
  const all = { ...changes, '/etc/ssl/hub.example': certificates(), ...dialing(language, place.gateway) }
  return Object.entries(all).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the page's ${language} does not name ${from}`)
    return text.replaceAll(from, to)
  }, block)
}

/** How the proxy dials the gateway, in the page's words. */
function dialing(language: string, gateway: string): Readonly<Record<string, string>> {
  if (!gateway.startsWith('/')) return { '127.0.0.1:4600': gateway }
  const title = new Map(Object.entries({ nginx: 'nginx', haproxy: 'HAProxy', caddyfile: 'Caddy', apache: 'Apache' }))
  const row = new RegExp(`^\\| ${title.get(language)} \\| \`(.*)\` \\| \`(.*)\` \\|$`, 'm').exec(PAGE)
  const [, from = '', to = ''] = row ?? []
  if (from === '') throw new Error(`the page does not say how ${language} dials a Unix socket`)
  return { [from]: to.replace('/run/holdfast.sock', gateway).replace('\\|', '|') }
}

function certificates(): string {
  const folder = process.env[FOLDER]
  if (folder === undefined) throw new Error('expected a folder with a certificate')
  return folder
}

function environmentOf({ program, folder }: Place): NodeJS.ProcessEnv {
  const homes = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  return { PATH: process.env['PATH'], ...homes, ...program.environment }
}

async function answers(url: string, isAlive: () => boolean): Promise<boolean> {
  for (const end = Date.now() + READY_MS; Date.now() < end && isAlive(); ) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok === true) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}
