import type { AcpConnection, AcpPeer, AcpService, EarlierConnection, LogOrigin } from '@holdfast/acp-host'
import {
  acpSessionOf,
  isJsonRpcRequest,
  isJsonRpcResponse,
  type JsonRpcMessage,
  type JsonRpcRequest,
  jsonRpcFailureOf,
} from '@holdfast/protocol/acp'
import { type Ask, type Turn, turn } from './acp-turn.ts'

interface Record {
  readonly message: JsonRpcMessage
  readonly origin: LogOrigin
}

/** Sessions in memory, each with its records, and an agent that says what a prompt wants of it. */
export class BenchService implements AcpService {
  readonly #records = new Map<string, Record[]>()
  readonly #peers = new Map<string, Set<AcpPeer>>()
  readonly #asked = new Map<string, () => void>()
  readonly #done = new Set<string>()

  connect(peer: AcpPeer, earlier?: EarlierConnection): AcpConnection {
    for (const { sessionId, seq } of earlier?.sessions ?? []) this.#follow(peer, sessionId, seq)
    return {
      receive: (message, key) => this.#receive(peer, message, key),
      detached: () => {},
      attached: () => {},
      closed: () => {
        for (const peers of this.#peers.values()) peers.delete(peer)
      },
    }
  }

  async close(): Promise<void> {}

  #follow(peer: AcpPeer, sessionId: string, seq: number): void {
    for (const { message, origin } of this.#records.get(sessionId)?.slice(seq) ?? []) peer.send(message, origin)
    this.#peers.get(sessionId)?.add(peer)
  }

  #receive(peer: AcpPeer, message: JsonRpcMessage, key: string | undefined): void {
    if (isJsonRpcResponse(message)) return this.#asked.get(String(message.id))?.()
    if (!isJsonRpcRequest(message)) return
    const { id, method } = message
    if (method === 'initialize') return peer.send({ jsonrpc: '2.0', id, result: { protocolVersion: 1 } })
    if (method === 'session/new') return this.#open(peer, message)
    if (method !== 'session/prompt') return peer.send(jsonRpcFailureOf(id, -32601, 'Unknown'))
    const named = `${peer.clientId}/${key ?? Math.random()}`
    if (this.#done.has(named)) return
    this.#done.add(named)
    void this.#prompt(peer, message)
  }

  #open(peer: AcpPeer, { id }: JsonRpcRequest): void {
    const sessionId = `s${this.#records.size + 1}`
    this.#records.set(sessionId, [])
    this.#peers.set(sessionId, new Set([peer]))
    peer.send({ jsonrpc: '2.0', id, result: { sessionId } })
  }

  async #prompt(peer: AcpPeer, request: JsonRpcRequest): Promise<void> {
    const sessionId = acpSessionOf(request) ?? ''
    const { prompt } = Object(request.params)
    const wanted: Turn = JSON.parse(prompt[0].text)
    const say = (update: object): void =>
      this.#append(sessionId, { jsonrpc: '2.0', method: 'session/update', params: { sessionId, update } })
    const ask: Ask = (params) => {
      const id = `${sessionId} ${this.#records.get(sessionId)?.length}`
      this.#append(sessionId, {
        jsonrpc: '2.0',
        id,
        method: 'session/request_permission',
        params: { sessionId, ...params },
      })
      return new Promise((resolve) => this.#asked.set(id, () => resolve(undefined)))
    }
    await turn(wanted, say, ask)
    peer.send({ jsonrpc: '2.0', id: request.id, result: { stopReason: 'end_turn' } })
  }

  #append(sessionId: string, message: JsonRpcMessage): void {
    const records = this.#records.get(sessionId)
    if (records === undefined) return
    const record = { message, origin: { sessionId, seq: records.length + 1, part: 0 } }
    records.push(record)
    for (const peer of this.#peers.get(sessionId) ?? []) peer.send(message, record.origin)
  }
}
