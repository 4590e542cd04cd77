/** What a program of the published hub client uses, in types that both modules have. */
export interface Coder {
  readonly CoderHubWebSocketClient: new (options?: Options) => SocketClient
  readonly CoderSSEClient: new (options: Options) => StreamClient
  readonly CoderHubWebSocketError: new (facts: Options) => Error
  readonly CoderSSEError: new (facts: Options) => Error
  readonly CODER_WS_CLOSE_CODE: Readonly<Record<string, number>>
  isTerminalCloseCode(code: number): boolean
  parseServerMessage(data: unknown): object | null
  parseClientMessage(data: unknown): object | null
  parseObserverSseMessage(data: unknown): object | null
  readonly CoderHubEventNames: readonly string[]
  readonly CoderHubEvents: object
  readonly CoderClient: new (options?: Options) => RestClient
  normalizeCoderUrl(url: string): string
  normalizeVisibility(input: string): string
  throwCoderError(answer: Options, context: Options): never
  coderListSessions(client: object, params?: Options): Promise<unknown>
  discoverUrl(client: object): Promise<string>
  subscribeToCoderHub(options: Options): AsyncGenerator<Message>
  streamCoderSessionSSE(options: Options): AsyncGenerator<{ readonly event: string; readonly data: Message }>
}

export type Options = Readonly<Record<string, unknown>>
export type Message = Readonly<{ type?: string; [member: string]: unknown }>

export interface SocketClient {
  readonly state: string
  readonly sessionId: string | undefined
  readonly initMessage: object | null
  readonly isConnected: boolean
  connect(): void
  close(code?: number, reason?: string): void
  send(message: Message): void
  sendAndWait(message: Message, timeoutMs?: number): Promise<Message>
}

export interface RestClient {
  getUrl(): Promise<string>
  createSession(body: Options): Promise<unknown>
  getSession(sessionId: string): Promise<unknown>
  updateSession(sessionId: string, body: Options): Promise<unknown>
  listSessions(params?: Options): Promise<unknown>
  listConnectableSessions(params?: Options): Promise<unknown>
  deleteSession(sessionId: string): Promise<void>
  archiveSession(sessionId: string): Promise<unknown>
  resumeSession(sessionId: string): Promise<unknown>
  prepareSessionForRemoteAttach(sessionId: string, options?: Options): Promise<unknown>
  getReplay(sessionId: string, params?: Options): Promise<unknown>
  listParticipants(sessionId: string, params?: Options): Promise<unknown>
  listEventHistory(sessionId: string, params?: Options): Promise<unknown>
}

export interface StreamClient {
  readonly state: string
  readonly isConnected: boolean
  connect(): void
  close(): void
}

/** Members are looked at; their types are what the programs find out. */
export function isCoder(module: object): module is Coder {
  const names = ['CoderHubWebSocketClient', 'CoderSSEClient', 'subscribeToCoderHub', 'streamCoderSessionSSE']
  return names.every((name) => typeof Reflect.get(module, name) === 'function')
}

/** A member of an error, whatever its class. */
export function fact(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
}
