// How many files of ours one message enters: V8 counts the calls of every function while it travels. Prints one line for
// each road, or everything as JSON with `--json`; `--list` names the files; roads that are named are the only ones. Runs the built packages: `pnpm build` first.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Session } from 'node:inspector/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { HubClient } from '@holdfast/hub'
import { memoryLog } from '@holdfast/log'
import { createHub } from '@holdfast/server'
import { ShellSession } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'

/** Long enough for what belongs to one message, and too short for anything periodic. */
const QUIET_MS = 150
const SESSION = 's'
const LIMIT_MS = 60_000

/** Other ends, each in a thread of its own so that its calls are not counted. */
const PEERS = {
  async hub() {
    const hub = createHub({ log: memoryLog() })
    await hub.createSession(SESSION)
    return { hub, ...(await listen((server) => hub.attach(server))) }
  },
  async shell() {
    const { host, endpoint } = await shellServer()
    return { host, ...(await listen((server) => attachUpgrades(server, endpoint))) }
  },
}

/** What a peer does when it is told to. */
const DEEDS = {
  publish: async ({ hub }) => (await hub.session(SESSION)).publish('agent_progress', { text: 'one' }),
  hubEvent: ({ lead }) => lead.event('agent_progress', { text: 'one' }),
  key: ({ shell }) => shell.send('x'),
  connectHub: async (peer, url) => {
    const watcher = new HubClient({ ...hubOptions(url), role: 'observer', onMessage: () => peer.seen?.() })
    await watcher.connect()
    peer.lead = new HubClient({ ...hubOptions(url), role: 'lead' })
    await peer.lead.connect()
  },
  connectShell: async (peer, url) => {
    peer.shell = await shellAt(url)
  },
}

const ROADS = {
  'frame → app': async () => {
    const peer = await thread('hub')
    let arrived = () => {}
    const hub = new HubClient({ ...hubOptions(peer.url), role: 'observer', onMessage: () => arrived() })
    await hub.connect()
    return entered(async () => {
      const came = new Promise((resolve) => {
        arrived = resolve
      })
      await peer.do('publish')
      await came
    })
  },
  'send + ack': async () => {
    const peer = await thread('hub')
    const hub = new HubClient({ ...hubOptions(peer.url), role: 'lead' })
    await hub.connect()
    return entered(() => hub.send({ type: 'session_entry', path: 'notes', line: 'one' }))
  },
  'event of a lead, server': async () => {
    const { url } = await PEERS.hub()
    const peer = await thread()
    await peer.do('connectHub', url)
    return entered(() => peer.do('hubEvent'))
  },
  'key, client': async () => {
    const { url } = await thread('shell')
    const shell = await shellAt(url)
    return entered(() => shell.send('x'))
  },
  "key, the shell's server": async () => {
    const { url } = await PEERS.shell()
    const peer = await thread()
    await peer.do('connectShell', url)
    return entered(() => peer.do('key'))
  },
}

if (!isMainThread) await serve()
else if (process.argv.includes('--road')) process.send?.(await ROADS[process.argv.at(-1)]())
else await main()

async function main() {
  const found = {}
  const asked = process.argv.filter((word) => Object.hasOwn(ROADS, word))
  for (const road of asked.length > 0 ? asked : Object.keys(ROADS)) found[road] = await inProcess(road)
  if (process.argv.includes('--json')) return console.log(JSON.stringify(found))
  for (const [road, files] of Object.entries(found)) {
    console.log(`${String(files.length).padStart(3)}  ${road}`)
    if (process.argv.includes('--list')) for (const file of files) console.log(`       ${file}`)
  }
}

/** Each road in a process of its own: nothing of another one is counted. */
async function inProcess(road) {
  const child = fork(fileURLToPath(import.meta.url), ['--road', road], { timeout: LIMIT_MS, killSignal: 'SIGKILL' })
  const [files] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [undefined])])
  child.kill('SIGKILL')
  if (files === undefined) throw new Error(`no figures for: ${road}`)
  return files
}

/** Our files in which a function was called while `act` ran and just after. What comes first may load something: not counted. */
async function entered(act) {
  await act()
  await act()
  await wait(QUIET_MS)
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await session.post('Profiler.takePreciseCoverage')
  await act()
  await wait(QUIET_MS)
  const { result } = await session.post('Profiler.takePreciseCoverage')
  session.disconnect()
  return result
    .filter(({ url, functions }) => /\/packages\/[\w-]+\/dist\//.test(url) && functions.some(isCalled))
    .map(({ url }) => url.replace(/^.*\/packages\/(.*)\.js$/, '$1'))
    .sort()
}

function isCalled({ ranges }) {
  return (ranges[0]?.count ?? 0) > 0
}

function hubOptions(url) {
  return { transport: nodeWebSocket(), url: `http://${url}`, sessionId: SESSION }
}

async function shellAt(url) {
  const address = { url: `ws://${url}`, token: () => 'secret' }
  const shell = await new ShellSession({ transport: nodeWebSocket(), ...address, shellId: `w${Date.now()}` }).connect()
  ;(async () => {
    for await (const _frame of shell);
  })().catch(() => {})
  await wait(300)
  return shell
}

async function shellServer() {
  const { ShellHost, attachShells, defaultPolicy } = await import('@holdfast/shell-host')
  const policy = defaultPolicy({ shell: '/bin/cat', shellArgs: [], cwd: '/' })
  const host = new ShellHost({ policy })
  const authenticate = () => ({ id: 'ada', scopes: new Set(['shell']) })
  return { host, endpoint: attachShells(host, { authenticate }) }
}

function attachUpgrades(server, endpoint) {
  server.on('upgrade', (request, socket, head) => endpoint.upgrade(request, socket, head))
}

async function listen(attach) {
  const server = createServer()
  attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `127.0.0.1:${server.address().port}` }
}

/** Starts a peer in a thread: where it listens, and a way to have it do something. */
async function thread(peer) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { peer } })
  const [{ url }] = await once(worker, 'message')
  return {
    url,
    async do(deed, argument) {
      worker.postMessage({ deed, argument })
      const [{ error }] = await once(worker, 'message')
      if (error !== undefined) throw new Error(error)
    },
  }
}

async function serve() {
  const peer = workerData.peer === undefined ? {} : await PEERS[workerData.peer]()
  parentPort.postMessage({ url: peer.url })
  parentPort.on('message', async ({ deed, argument }) => {
    try {
      await DEEDS[deed](peer, argument)
      parentPort.postMessage({})
    } catch (error) {
      parentPort.postMessage({ error: String(error) })
    }
  })
}
