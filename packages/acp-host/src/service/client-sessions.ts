import { randomId } from '@holdfast/contract'
import { isObject } from '@holdfast/contract/shape'
import { JSON_RPC_ERROR } from '@holdfast/protocol/acp'
import { acpError } from '../errors.ts'
import type { AcpSession } from '../session/acp-session.ts'
import { capabilitiesOf } from '../state/open-request.ts'
import { answerIssue } from '../state/permission-options.ts'
import type { AcpAuthor } from '../state/records.ts'
import { failure, isForPeople, type Outcome } from '../state/turn-types.ts'
import { workingFolder } from './folders.ts'
import type { ClientCore, SessionCall } from './service-core.ts'
import { SessionAttachment } from './session-attachment.ts'
import { agentOf, agentTag, derivedId } from './session-description.ts'

/** Behind all that a record contains. */
const LAST_PART = 2_147_483_647

/** A session that the client is in. */
interface Joined {
  readonly session: AcpSession
  readonly attachment: SessionAttachment
  /** It has the history. */
  readonly caughtUp: Promise<void>
}

/** The sessions of one client, and what it asks in them. */
export class ClientSessions {
  readonly #connection: ClientCore
  readonly #joined = new Map<string, Promise<Joined>>()
  readonly #here = new Map<string, Joined>()

  constructor(connection: ClientCore) {
    this.#connection = connection
  }

  get #by(): AcpAuthor {
    const { peer, client } = this.#connection
    return { principal: peer.principal.id, client }
  }

  /** What the agent says of itself, with what is added here: its sessions can be loaded whatever it can. */
  introduction(initialized: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const { all, session } = capabilitiesOf(initialized)
    const { fork: _fork, ...sessions } = session
    const sessionCapabilities = { ...sessions, list: {}, resume: {} }
    return { ...initialized, protocolVersion: 1, agentCapabilities: { ...all, loadSession: true, sessionCapabilities } }
  }

  async create({ params, key, work }: SessionCall): Promise<Outcome> {
    const { service, runner, client } = this.#connection
    await this.#permit('create')
    const { cwd: folder, sessionId: _none, ...rest } = params
    const cwd = await workingFolder(folder, runner.config.folders)
    const id = key === undefined ? `acp_${randomId(service.random)}` : derivedId([client, key])
    const session = await service.create(runner, { id, cwd, params: { mcpServers: [], ...rest }, by: this.#by })
    const opened = await session.opened()
    if ('error' in opened) return opened
    session.attachments.writer = client
    // Updates that the agent has sent already mean something to the client once it knows the session.
    const answered = new Promise<void>((resolve) => {
      work.answered = resolve
    })
    await this.#join(id, session, 0, 'missed', answered)
    return { result: { ...session.state.info.answer, sessionId: id } }
  }

  /** `session/load` sends the conversation; `session/resume` continues without. */
  async load({ params, method, work }: SessionCall): Promise<Outcome> {
    const sessionId = sessionOf(params)
    const known = await this.#joined.get(sessionId)
    const session = known?.session ?? (await this.#find(sessionId, params))
    if (session.state.agentSession === undefined || session.state.opened?.session !== undefined) {
      const opened = session.state.hasHistory ? { result: null } : await session.opened()
      if ('error' in opened) return opened
    }
    const joined =
      known === undefined || method === 'session/load' ? await this.#anew(sessionId, session, method) : known
    await joined.caughtUp
    if (method === 'session/resume') this.#sendState(sessionId, session)
    session.attachments.writer ??= this.#connection.client
    work.origin = () => ({ sessionId, seq: session.state.n, part: LAST_PART })
    return { result: session.state.info.answer }
  }

  /** The state of the agent, for a client that resumes without its history. It is in no log, since the history has it. */
  #sendState(sessionId: string, { state }: AcpSession): void {
    for (const update of state.info.updates) {
      this.#connection.peer.send({ jsonrpc: '2.0', method: 'session/update', params: { sessionId, update } })
    }
  }

  async list({ params }: SessionCall): Promise<Outcome> {
    const { service, runner, peer } = this.#connection
    const cursor = typeof params['cursor'] === 'string' ? params['cursor'] : undefined
    const page = await service.log.listSessions({ tag: agentTag(runner.name), limit: 100, cursor })
    const may = await Promise.all(page.sessions.map(({ id }) => service.access.may(peer.principal, 'observe', id)))
    const sessions = page.sessions.flatMap(({ id, label, data, updatedAt }, at) => {
      const { cwd = '' } = agentOf(data) ?? {}
      if (may[at] !== true || (typeof params['cwd'] === 'string' && params['cwd'] !== cwd)) return []
      return [{ sessionId: id, cwd, title: label ?? null, updatedAt: new Date(updatedAt).toISOString() }]
    })
    return { result: { sessions, ...(page.next === undefined ? {} : { nextCursor: page.next }) } }
  }

  async prompt({ params, key, work }: SessionCall): Promise<Outcome> {
    const { session, caughtUp } = await this.#in(params, 'control')
    const { prompt, _meta: meta } = params
    if (!Array.isArray(prompt) || !prompt.every(isObject)) {
      return failure(JSON_RPC_ERROR.invalidParams, 'prompt: expected a list of content blocks')
    }
    // Numbers of messages are a client's own, keys are the session's.
    const own = key === undefined ? undefined : derivedId([this.#connection.client, key])
    const asked = await session.prompt(prompt, { by: this.#by, key: own, ...(isObject(meta) ? { meta } : {}) })
    work.cancel = () => void session.cancelPrompt(asked.n, this.#by).catch(() => {})
    const outcome = await asked.outcome
    await caughtUp
    return outcome
  }

  async ask({ params, method }: SessionCall): Promise<Outcome> {
    const { session } = await this.#in(params, 'control')
    return session.ask(method, params, this.#by)
  }

  /** What the agent can where it says so. */
  async askWhereOffered(call: SessionCall): Promise<Outcome> {
    const name = call.method.slice('session/'.length)
    const { initialized } = await this.#connection.runner.initialized()
    if (!isObject(capabilitiesOf(initialized).session[name])) {
      return failure(JSON_RPC_ERROR.methodNotFound, `The agent does not offer ${call.method}.`)
    }
    const { session } = await this.#in(call.params, 'control')
    if (name === 'close') await session.cancel(this.#by)
    const outcome = await session.ask(call.method, call.params, this.#by)
    if (name === 'close' && 'result' in outcome) await session.write([{ t: 'acp.closed', by: this.#by }])
    return outcome
  }

  cancel(sessionId: string): void {
    this.#in({ sessionId }, 'control')
      .then(({ session }) => session.cancel(this.#by))
      .catch((error: unknown) => this.#connection.notice(sessionId, `Not cancelled: ${String(error)}`))
  }

  /** An answer of the client to a question. */
  answered(sessionId: string, n: number, outcome: Outcome): void {
    this.#answered(sessionId, n, outcome).then(
      (why) => why !== undefined && this.#connection.notice(sessionId, why),
      (error: unknown) => this.#connection.notice(sessionId, `Not answered: ${String(error)}`),
    )
  }

  /** Continues behind another server. */
  async goOn(sessionId: string, seq: number): Promise<void> {
    const joined = (async () => {
      const session = await this.#find(sessionId, undefined)
      return this.#join(sessionId, session, seq)
    })()
    this.#joined.set(sessionId, joined)
    joined.catch(() => this.#joined.delete(sessionId))
    await (await joined).caughtUp
  }

  detached(): void {
    for (const { session } of this.#here.values()) session.detached(this.#connection.client, false)
  }

  attached(): void {
    for (const { session } of this.#here.values()) session.attached()
  }

  close(): void {
    for (const { session, attachment } of this.#here.values()) {
      attachment.end()
      session.attachments.delete(attachment)
      session.detached(this.#connection.client, true)
    }
    this.#here.clear()
    this.#joined.clear()
  }

  async #answered(sessionId: string, n: number, outcome: Outcome): Promise<string | undefined> {
    const joined = await this.#joined.get(sessionId)
    const question = joined?.session.state.questions.get(n)
    const late = 'This was answered already, or is not wanted any more.'
    if (joined === undefined || question === undefined) return late
    const isAsked = joined.session.attachments.askedOf(this.#connection.client).includes(n)
    if (!isAsked) return 'Somebody else was asked this.'
    if (isForPeople(question.method)) {
      const issue = answerIssue(question.method, question.params, outcome)
      if (issue !== undefined) return issue
    }
    return (await joined.session.answer(n, outcome, this.#by)) ? undefined : late
  }

  /** The session of a call, in which the client is. */
  async #in(params: Readonly<Record<string, unknown>>, access: 'control'): Promise<Joined> {
    const sessionId = sessionOf(params)
    const joined = await this.#joined.get(sessionId)
    if (joined === undefined) throw acpError('acp/not_found', `There is no session ${sessionId} here: load it first.`)
    await this.#permit(access, joined.session.id)
    return joined
  }

  async #permit(access: 'create' | 'control' | 'observe', session?: string | undefined): Promise<void> {
    const { service, peer } = this.#connection
    if (await service.access.may(peer.principal, access, session)) return
    if (access === 'observe') throw acpError('acp/not_found', 'There is no such session.')
    throw acpError('acp/forbidden', 'This needs the scope control or lead.')
  }

  /** A session by its id here, or by the agent's: one that was never here is loaded by the agent. */
  async #find(sessionId: string, params: Readonly<Record<string, unknown>> | undefined): Promise<AcpSession> {
    const { service, runner } = this.#connection
    const record = await service.log.findSession(sessionId)
    if (agentOf(record?.data) !== undefined) {
      await this.#permit('observe', sessionId)
      return service.session(sessionId)
    }
    const id = derivedId([runner.name, sessionId])
    if (agentOf((await service.log.findSession(id))?.data) !== undefined) {
      await this.#permit('observe', id)
      return service.session(id)
    }
    const { initialized } = await runner.initialized()
    const notFound = acpError('acp/not_found', `There is no session ${sessionId}.`)
    if (params === undefined || !capabilitiesOf(initialized).loadSession) throw notFound
    await this.#permit('create')
    const { sessionId: _theirs, cwd: folder, ...rest } = params
    const cwd = await workingFolder(folder, runner.config.folders)
    return service.create(runner, { id, cwd, params: { mcpServers: [], ...rest }, by: this.#by, theirs: sessionId })
  }

  /** Leaves it and comes in again: everything is sent once more. */
  async #anew(sessionId: string, session: AcpSession, method: string): Promise<Joined> {
    this.#leave(sessionId)
    return this.#join(sessionId, session, method === 'session/load' ? 0 : session.state.n, 'conversation')
  }

  #leave(sessionId: string): void {
    const before = this.#here.get(sessionId)
    before?.attachment.end()
    if (before !== undefined) before.session.attachments.delete(before.attachment)
    this.#here.delete(sessionId)
    this.#joined.delete(sessionId)
  }

  async #join(
    sessionId: string,
    session: AcpSession,
    after: number,
    how: 'missed' | 'conversation' = 'missed',
    begin: Promise<void> = Promise.resolve(),
  ): Promise<Joined> {
    const { service, peer, client, capabilities } = this.#connection
    const mayControl = await service.access.may(peer.principal, 'control', session.id)
    const attachment: SessionAttachment = new SessionAttachment({
      ...{ peer, client, sessionId, mayControl, capabilities },
      isHere: () => this.#connection.isHere,
      ended: (why) => this.#connection.end('acp/unavailable', why),
    })
    const { n: upTo } = session.state
    session.attachments.add(attachment)
    // An answer may be on its way already: what was asked before it came is known before anything else is done.
    for (const { n } of mayControl ? session.state.questionsForPeople : []) session.attachments.wasAsked(client, n)
    for (const { n, method } of session.state.questions.values()) {
      const isWriters = !isForPeople(method) && session.state.turn?.by.client === client
      if (how === 'missed' && n <= after && isWriters) session.attachments.wasAsked(client, n)
    }
    let isReported = false
    const gone = (): void => {
      if (!isReported) peer.gap?.(sessionId, after > upTo ? 'rollback' : 'retention')
      isReported = true
    }
    if (after > upTo) gone()
    const range = {
      ...{ log: service.log, session: session.id, how, after: Math.min(after, upTo), upTo, gone },
      head: () => session.state.n,
      open: () => session.state.questionsForPeople,
    }
    const caughtUp = begin.then(() => attachment.catchUp(range))
    caughtUp.catch((error: unknown) =>
      this.#connection.end('acp/unavailable', `What was missed cannot be read: ${String(error)}`),
    )
    const joined: Joined = { session, attachment, caughtUp }
    this.#here.set(sessionId, joined)
    this.#joined.set(sessionId, Promise.resolve(joined))
    session.attached()
    return joined
  }
}

function sessionOf(params: Readonly<Record<string, unknown>>): string {
  const { sessionId } = params
  if (typeof sessionId === 'string') return sessionId
  throw acpError('acp/not_found', 'sessionId: expected the id of a session')
}
