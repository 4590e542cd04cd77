// An agent on the official SDK that does what its prompts say, one line a step, and behaves as real ones were seen to.
// AGENT_JOURNAL: a file to which it writes what it gets. AGENT_TRAITS: what it cannot, or does differently.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { Readable, Transform, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { agent, ndJsonStream, RequestError } from '@agentclientprotocol/sdk'

const traits = new Set((process.env.AGENT_TRAITS ?? '').split(',').filter((trait) => trait !== ''))
const sessions = new Map()
const versions = []
let count = 0

function note(line) {
  if (process.env.AGENT_JOURNAL !== undefined) appendFileSync(process.env.AGENT_JOURNAL, `${line}\n`)
}

const seen = new Transform({
  transform(chunk, _encoding, done) {
    for (const line of chunk.toString().split('\n')) if (line !== '') note(`< ${line}`)
    done(null, chunk)
  },
  flush(done) {
    note('end of input')
    done()
  },
})

if (traits.has('two') && process.env.AGENT_SECOND === undefined) {
  // As Qwen Code: two processes with the same pipes, of which the first is gone before the second has said its last.
  const second = spawn(process.execPath, process.argv.slice(1), {
    env: { ...process.env, AGENT_SECOND: '1' },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  second.once('message', (code) => process.exit(code))
  await new Promise((resolve) => second.once('exit', resolve))
  process.exit(0)
}

note(`begin ${process.pid} ${process.cwd()}`)
process.stdin.pipe(seen)
// As real ones: the end of the input ends the work.
seen.on('end', () => setTimeout(() => process.exit(0), traits.has('two') ? 4_000 : 20))

const MODES = {
  currentModeId: 'ask',
  availableModes: [
    { id: 'ask', name: 'Ask' },
    { id: 'code', name: 'Code' },
  ],
}

function update(client, sessionId, content) {
  return client.notify('session/update', { sessionId, update: content })
}

const say = (client, sessionId, text, kind = 'agent_message_chunk') =>
  update(client, sessionId, { sessionUpdate: kind, content: { type: 'text', text } })

const OPTIONS = [
  { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
  { optionId: 'no', name: 'Reject', kind: 'reject_once' },
]

const FORM = {
  type: 'object',
  properties: {
    branch: { type: 'string', title: 'Branch' },
    count: { type: 'integer', title: 'Commits' },
    push: { type: 'boolean', title: 'Push it' },
    size: { type: 'string', title: 'Size', enum: ['small', 'large'] },
  },
  required: ['branch'],
}

const EFFORTS = [
  { value: 'low', name: 'Low' },
  { value: 'high', name: 'High' },
]

function optionOf({ options }) {
  const currentValue = options?.effort ?? 'low'
  return { id: 'effort', name: 'Effort', type: 'select', currentValue, options: EFFORTS }
}

const steps = {
  say: ({ client, sessionId }, text) => say(client, sessionId, text),
  think: ({ client, sessionId }, text) => say(client, sessionId, text, 'agent_thought_chunk'),
  async chunks({ client, sessionId, isCancelled }, from, to, everyMs) {
    for (let at = Number(from); at <= Number(to) && !isCancelled(); at++) {
      await say(client, sessionId, `${at} `)
      if (everyMs !== undefined) await sleep(Number(everyMs))
    }
  },
  big: ({ client, sessionId }, length) => say(client, sessionId, 'é'.repeat(Number(length))),
  plan: ({ client, sessionId }, ...words) =>
    update(client, sessionId, {
      sessionUpdate: 'plan',
      entries: words.map((content) => ({ content, priority: 'medium', status: 'pending' })),
    }),
  async tool({ client, sessionId }, id, status = 'completed') {
    await update(client, sessionId, {
      sessionUpdate: 'tool_call',
      toolCallId: id,
      title: `Run ${id}`,
      kind: 'execute',
      status: 'pending',
    })
    const content = [{ type: 'content', content: { type: 'text', text: `done ${id}` } }]
    await update(client, sessionId, { sessionUpdate: 'tool_call_update', toolCallId: id, status, content })
  },
  md: ({ client, sessionId }) => say(client, sessionId, '# Done\n\nAll **good**, see `a.txt`.'),
  muse: ({ client, sessionId }) =>
    say(client, sessionId, 'First I look.\nThen I think about it for long.', 'agent_thought_chunk'),
  // As Qwen Code: what its skills say goes beside its commands.
  commands: ({ client, sessionId }, length) =>
    update(client, sessionId, {
      sessionUpdate: 'available_commands_update',
      availableCommands: [{ name: 'go', description: 'Go' }],
      _meta: { skills: 's'.repeat(Number(length)) },
    }),
  wide: ({ client, sessionId }, length) =>
    update(client, sessionId, {
      sessionUpdate: 'tool_call',
      toolCallId: 'wide',
      title: '語'.repeat(Number(length)),
      kind: 'execute',
      status: 'pending',
      rawInput: { text: '語'.repeat(Number(length)) },
    }),
  named: ({ client, sessionId }, length) => update(client, sessionId, { sessionUpdate: 'n'.repeat(Number(length)) }),
  usage: ({ client, sessionId }, used, size) =>
    update(client, sessionId, { sessionUpdate: 'usage_update', used: Number(used), size: Number(size) }),
  async edit({ client, sessionId }, id) {
    const call = { toolCallId: id, title: `Edit ${id}`, kind: 'edit', rawInput: { path: id } }
    await update(client, sessionId, { sessionUpdate: 'tool_call', ...call, status: 'pending' })
    await update(client, sessionId, { sessionUpdate: 'tool_call_update', toolCallId: id, status: 'in_progress' })
    const content = [{ type: 'diff', path: id, oldText: 'one\ntwo\n', newText: 'one\nthree\n' }]
    await update(client, sessionId, { sessionUpdate: 'tool_call_update', toolCallId: id, status: 'completed', content })
  },
  async ask(turn, id = 'call') {
    const { client, sessionId } = turn
    const toolCall = { toolCallId: id, title: `May I ${id}?`, rawInput: { command: `run ${id}` } }
    const asked = client.request('session/request_permission', { sessionId, toolCall, options: OPTIONS })
    const { outcome } =
      (await Promise.race([asked, turn.cancelled.then(() => ({ outcome: { outcome: 'cancelled here' } }))])) ?? {}
    await say(client, sessionId, `[${id}: ${outcome.optionId ?? outcome.outcome}]`)
  },
  async form({ client, sessionId, cancelled }) {
    const asked = client.request('elicitation/create', {
      sessionId,
      mode: 'form',
      message: 'Which branch?',
      requestedSchema: FORM,
    })
    const answer = await Promise.race([asked, cancelled.then(() => ({ action: 'cancelled here' }))])
    await say(client, sessionId, `[form: ${JSON.stringify(answer)}]`)
  },
  async write({ client, sessionId }, path) {
    const answer = await client.request('fs/write_text_file', { sessionId, path, content: 'text' }).then(
      () => 'written',
      (error) => `error ${error.code}`,
    )
    await say(client, sessionId, `[write: ${answer}]`)
  },
  async odd({ client, sessionId }, method) {
    const answer = await client.request(method, { sessionId }).then(
      (result) => JSON.stringify(result),
      (error) => `error ${error.code}`,
    )
    await say(client, sessionId, `[${method}: ${answer}]`)
  },
  tell: ({ client, sessionId }, method) => client.notify(method, { sessionId, some: 'thing' }),
  rubbish: () => void process.stdout.write('this is {no JSON\n[1,2]\n"text"\n42\n{"jsonrpc":"2.0"}\n'),
  half: () => void process.stdout.write('{"jsonrpc":"2.0","method":"session/upd'),
  async long(_turn, length) {
    const part = 'x'.repeat(65_536)
    for (let left = Number(length); left > 0; left -= part.length) {
      if (!process.stdout.write(part)) await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
  },
  die: (_turn, code) => process.exit(Number(code)),
  // The first of two processes ends, and the second has something left to say.
  async lastly({ sessionId }, code) {
    const first = process.ppid
    process.send(Number(code))
    while (process.ppid === first) await sleep(5)
    await sleep(200)
    const update = { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'last words' } }
    const message = { jsonrpc: '2.0', method: 'session/update', params: { sessionId, update } }
    // Its input has ended: the SDK's connection says nothing any more.
    process.stdout.write(`${JSON.stringify(message)}\n`, () => process.exit(0))
    await new Promise(() => {})
  },
  stderr: (_turn, ...words) => void process.stderr.write(`${words.join(' ')}\n`),
  leave() {
    const left = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    note(`left ${left.pid}`)
  },
  sleep: ({ cancelled }, ms) => Promise.race([sleep(Number(ms)), cancelled]),
  deaf: () => new Promise(() => {}),
  // As Qwen Code: how much was used comes with a chunk that says nothing.
  empty: ({ client, sessionId }, used) =>
    update(client, sessionId, {
      sessionUpdate: 'agent_message_chunk',
      content: { type: 'text', text: '' },
      _meta: { usage: { totalTokens: Number(used) } },
    }),
  mode: ({ client, sessionId }) => say(client, sessionId, `[mode ${sessions.get(sessionId).mode}]`),
  option: ({ client, sessionId }) => say(client, sessionId, `[effort ${sessions.get(sessionId).options?.effort}]`),
  env: ({ client, sessionId }) => say(client, sessionId, Object.keys(process.env).sort().join(' ')),
  versions: ({ client, sessionId }) => say(client, sessionId, `[${versions.join(' ')}]`),
  late({ client, sessionId }, text) {
    setTimeout(() => void say(client, sessionId, text), 50)
  },
}

async function prompt({ params, client }) {
  const { sessionId } = params
  const session = sessions.get(sessionId)
  if (session === undefined) throw RequestError.resourceNotFound(sessionId)
  let cancel = () => {}
  let isCancelled = false
  const cancelled = new Promise((resolve) => {
    cancel = () => {
      isCancelled = true
      resolve()
    }
  })
  session.cancel = cancel
  const turn = { client, sessionId, cancelled, isCancelled: () => isCancelled }
  const text = params.prompt.map((block) => block.text ?? '').join('\n')
  for (const line of text.split('\n')) {
    if (isCancelled) break
    const [name, ...args] = line.trim().split(' ')
    await steps[name]?.(turn, ...args)
  }
  session.said.push(text)
  return { stopReason: isCancelled ? 'cancelled' : 'end_turn' }
}

function made(sessionId) {
  sessions.set(sessionId, { mode: 'ask', said: [], cancel: () => {} })
  return { sessionId, modes: MODES }
}

const app = agent({ name: 'scripted' })
  .onRequest('initialize', async ({ params }) => {
    versions.push(params.protocolVersion)
    if (traits.has('silent')) await new Promise(() => {})
    return {
      protocolVersion: 1,
      agentInfo: { name: 'scripted', version: '1' },
      authMethods: traits.has('login') ? [{ id: 'key', name: 'Key' }] : [],
      agentCapabilities: {
        loadSession: !traits.has('no-load'),
        sessionCapabilities: traits.has('close') ? { close: {} } : {},
      },
    }
  })
  .onRequest('authenticate', () => {
    traits.delete('login')
    return {}
  })
  .onRequest('session/new', async ({ client }) => {
    if (traits.has('login')) throw RequestError.authRequired()
    count += 1
    const sessionId = `s-${process.pid}-${count}`
    const commands = {
      sessionUpdate: 'available_commands_update',
      availableCommands: [{ name: 'go', description: 'Go' }],
    }
    if (traits.has('early')) await update(client, sessionId, commands)
    return made(sessionId)
  })
  .onRequest('session/load', async ({ params, client }) => {
    const { sessionId } = params
    if (traits.has('forgets')) throw RequestError.resourceNotFound(sessionId)
    await say(client, sessionId, 'as the agent remembers it')
    const { modes } = made(sessionId)
    return { modes }
  })
  .onRequest('session/close', ({ params }) => {
    sessions.delete(params.sessionId)
    return {}
  })
  .onRequest('session/set_mode', async ({ params }) => {
    if (params.modeId === 'never') await new Promise(() => {})
    sessions.get(params.sessionId).mode = params.modeId
    return {}
  })
  .onRequest('session/set_config_option', ({ params: { sessionId, configId, value } }) => {
    const session = sessions.get(sessionId)
    session.options = { ...session.options, [configId]: value }
    return { configOptions: [optionOf(session)] }
  })
  .onRequest('session/prompt', prompt)
  .onNotification('session/cancel', ({ params }) => sessions.get(params.sessionId)?.cancel())

app.connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(seen)))
